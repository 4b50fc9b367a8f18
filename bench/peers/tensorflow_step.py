"""Times a training step of MobileNetV2 in tf_keras, in float or quantized by TFMOT; prints JSON."""
import json
import os
import resource
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
import tensorflow as tf
import tf_keras as keras

options = json.loads(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(options["threads"])
tf.config.threading.set_inter_op_parallelism_threads(1)

size = options["image_size"]
base = keras.applications.MobileNetV2(
    input_shape=(size, size, 3), alpha=options["alpha"], include_top=False, pooling="avg", weights=None)
model = keras.Model(base.input, keras.layers.Dense(5, activation="softmax")(base.output))
if options["qat"]:
    import tensorflow_model_optimization as tfmot

    model = tfmot.quantization.keras.quantize_model(model)
model.compile(optimizer=keras.optimizers.RMSprop(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

random = np.random.default_rng(0)
x = tf.constant(random.uniform(-1, 1, (options["batch"], size, size, 3)).astype("float32"))
y = tf.constant(random.integers(0, 5, options["batch"]).astype("int32"))
for _ in range(3):
    model.train_on_batch(x, y)
seconds = []
for _ in range(options["steps"]):
    start = time.perf_counter()
    model.train_on_batch(x, y)
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds, "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
