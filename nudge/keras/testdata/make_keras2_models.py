"""Makes keras2_models.json: small models as tf_keras (Keras 2) saves them, with inputs and what it predicts.

Needs tf_keras 2.21 and tensorflow.  Files are described as JSON: attributes, groups and arrays of their HDF5
data, and the configuration of a .keras archive.
"""

import io
import json
import os
import pathlib
import tempfile
import zipfile

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import h5py
import numpy as np
import tf_keras as keras
from tf_keras import layers


def functional():
    image = keras.Input((6, 6, 2), name="image")
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(image)
    x = layers.Conv2D(3, 3, strides=2, use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0)(x)
    y = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.Concatenate()([layers.Add()([x, y]), y])
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, layers.Dense(3, activation="softmax")(x), name="net")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def sequential():
    return keras.Sequential(
        [
            layers.Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1)),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )


def nested():
    """A frozen model with one layer that trains, within a stack, within a model."""
    base = functional()
    base.trainable = False
    base.get_layer(index=2).trainable = True
    head = keras.Sequential([layers.Dense(4, activation="relu", input_shape=(3,)), layers.Dense(2)])
    image = keras.Input((6, 6, 2))
    return keras.Model(image, head(keras.Sequential([base, layers.Dense(3)])(image)))


def shared():
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    both = layers.Dense(3, name="both")
    encoder = keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="encoder")
    features = keras.Input((2,))
    heads = keras.Model(features, [layers.Dense(2)(features), layers.Dense(3)(features)], name="heads")
    first, second = heads(layers.Add()([encoder(both(left)), encoder(both(right))]))
    again, _ = heads(encoder(layers.ReLU()(both(right))))
    return keras.Model([left, right], [first, layers.ReLU()(second), again])


def free_size():
    image = keras.Input((None, None, 1), name="image")
    return keras.Model(image, layers.Dense(2)(layers.GlobalMaxPooling2D()(layers.Conv2D(2, 3)(image))))


def array_json(array):
    array = np.asarray(array)
    return {
        "type": str(array.dtype),
        "shape": list(array.shape),
        "values": [float(f"{x:.9g}") for x in array.ravel().tolist()],
    }


def attribute_json(value):
    if isinstance(value, (str, bytes)):
        return value.decode() if isinstance(value, bytes) else value
    return [x.decode() if isinstance(x, bytes) else x for x in np.asarray(value).tolist()]


def h5_json(group):
    groups, arrays = {}, {}
    for name, item in group.items():
        if isinstance(item, h5py.Dataset):
            arrays[name] = array_json(item[()])
        else:
            groups[name] = h5_json(item)
    attributes = {k: attribute_json(v) for k, v in group.attrs.items() if k not in ("training_config",)}
    return {"attributes": attributes, "groups": groups, "arrays": arrays}


def describe(model, values, folder):
    for weight in model.weights:
        weight.assign(values.integers(1, 64, weight.shape) / 64.0)
    inputs = [values.integers(0, 64, (2, *[6 if d is None else d for d in x.shape[1:]])) / 64.0 for x in model.inputs]
    return save_and_describe(model, [x.astype(np.float32) for x in inputs], folder)


def save_and_describe(model, inputs, folder):
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    path = folder / "model.h5"
    model.save(path)
    model.save(folder / "model.keras")
    archive = zipfile.ZipFile(folder / "model.keras")
    return {
        "inputs": [array_json(x) for x in inputs],
        "outputs": [array_json(x) for x in outputs],
        "h5": h5_json(h5py.File(path)),
        "keras": {
            "config": json.loads(archive.read("config.json")),
            "weights": h5_json(h5py.File(io.BytesIO(archive.read("model.weights.h5")))),
        },
    }


def main():
    models = {}
    values = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        for make in (functional, sequential, nested, shared, free_size):
            keras.backend.clear_session()
            models[make.__name__] = describe(make(), values, pathlib.Path(folder))
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(model)}" for name, model in models.items())
    (pathlib.Path(__file__).parent / "keras2_models.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
