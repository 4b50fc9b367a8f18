"""Makes tfmot_models.json: a model that TFMOT quantized and trained, as tf_keras saves it, with inputs and what it
predicts.

Needs tensorflow-model-optimization 0.8.1, tf_keras 2.21 and tensorflow.
"""

import json
import pathlib
import tempfile

import make_keras2_models as files
import numpy as np
import tensorflow_model_optimization as tfmot
from make_keras2_models import keras, layers


def network():
    image = keras.Input((6, 6, 2), name="image")
    x = layers.Conv2D(3, 3, use_bias=False, name="first")(image)
    x = layers.ReLU(6.0, name="relu")(layers.BatchNormalization(name="first_bn")(x))
    y = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    y = layers.BatchNormalization(name="depthwise_bn")(y)
    x = layers.Activation("relu", name="sum_relu")(layers.Add(name="sum")([x, y]))
    x = layers.Dropout(0.2, name="dropout")(layers.GlobalAveragePooling2D(name="pool")(x))
    x = layers.Dense(4, activation="relu", name="hidden")(x)
    return keras.Model(image, layers.Dense(3, activation="softmax", name="scores")(x), name="net")


def main():
    keras.utils.set_random_seed(1)
    model = tfmot.quantization.keras.quantize_model(network())
    model.compile("adam", "sparse_categorical_crossentropy")
    values = np.random.default_rng(1)
    images = values.uniform(-1, 1, (16, 6, 6, 2)).astype(np.float32)
    model.fit(images, np.arange(16) % 3, epochs=8, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        described = {"tfmot": files.save_and_describe(model, [images[:4]], pathlib.Path(folder))}
    (pathlib.Path(__file__).parent / "tfmot_models.json").write_text(json.dumps(described) + "\n")


if __name__ == "__main__":
    main()
