"""Times training steps in tf_keras, in float or quantized by TFMOT; prints JSON."""
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
import tensorflow as tf
import tf_keras as keras

from timing import print_timings

CLASSES = 5


def application(options):
    build = {"MobileNetV2": keras.applications.MobileNetV2, "MobileNet": keras.applications.MobileNet}
    size = options["image_size"]
    if options["model"] not in build:
        return getattr(keras.applications, options["model"])(input_shape=(size, size, 3), weights=None, classes=CLASSES)
    base = build[options["model"]](input_shape=(size, size, 3), alpha=options["alpha"], include_top=False,
                                   pooling="avg", weights=None)
    return keras.Model(base.input, keras.layers.Dense(CLASSES, activation="softmax")(base.output))


def small_cnn(options):
    layers, size = keras.layers, options["image_size"]
    return keras.Sequential([
        layers.Input((size, size, 3)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(512, activation="relu"),
        layers.Dense(CLASSES),
        layers.Activation("softmax"),
    ])


def main():
    options = json.loads(sys.argv[1])
    tf.config.threading.set_intra_op_parallelism_threads(options["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = small_cnn(options) if options["model"] == "small_cnn" else application(options)
    if options["mode"] == "qat":
        import tensorflow_model_optimization as tfmot

        model = tfmot.quantization.keras.quantize_model(model)
    model.compile(optimizer=keras.optimizers.RMSprop(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    random, size = np.random.default_rng(0), options["image_size"]
    x = tf.constant(random.uniform(-1, 1, (options["batch"], size, size, 3)).astype("float32"))
    y = tf.constant(random.integers(0, CLASSES, options["batch"]).astype("int32"))
    print_timings(lambda: model.train_on_batch(x, y), options["steps"])


main()
