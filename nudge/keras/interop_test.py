"""The Keras side of interop_test.cc.

interop_test.py make FOLDER    saves models of many structures as FOLDER/keras_*.keras
interop_test.py check FOLDER   loads what nudge made of them (nudge_*.keras) and what it built itself
                               (own_*.keras), and compares weights, outputs and configurations
"""

import io
import json
import os
import pathlib
import random
import sys
import zipfile

os.environ["KERAS_BACKEND"] = "numpy"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
from keras import layers


def small_network():
    image = keras.Input((8, 8, 3), name="image")
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(image)
    x = layers.Conv2D(4, 3, strides=2, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.ReLU(6.0)(x)
    y = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.Concatenate()([layers.Add()([x, y]), y])
    x = layers.AveragePooling2D(2)(x)
    x = layers.Dropout(0.5)(layers.Flatten()(x))
    x = layers.Dense(6, activation="relu")(x)
    x = layers.Reshape((1, 1, 6))(x)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    return keras.Model(image, layers.Activation("softmax")(layers.Flatten()(x)))


def shared_and_nested():
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    shared = layers.Dense(6, name="shared")
    encoder = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.Dense(4)], name="encoder")
    features = keras.Input((4,))
    heads = keras.Model(features, [layers.Dense(2)(features), layers.Dense(3)(features)], name="heads")
    total = layers.Add()([encoder(shared(left)), encoder(shared(right))])
    first, second = heads(total)
    again, _ = heads(encoder(layers.ReLU()(shared(right))))
    return keras.Model([left, right], [first, layers.ReLU()(second), again])


def wrapped():
    """Layers that keep weights in groups of their own, one of them twice."""
    sequence = keras.Input((3, 4, 4, 2))
    x = layers.ConvLSTM2D(3, 2, return_sequences=True)(sequence)
    x = layers.TimeDistributed(layers.Conv2D(2, 2))(x)
    x = layers.Reshape((3, 8))(x)
    x = layers.Bidirectional(layers.LSTM(2))(x)
    return keras.Model(sequence, layers.SpectralNormalization(layers.Dense(3))(x))


def random_graph(seed):
    """Layers whose weights all have one shape, so that only their order tells them apart."""
    choose = random.Random(seed)
    tensors = [keras.Input((4,))]
    for i in range(12):
        inputs = choose.sample(tensors, min(len(tensors), choose.choice([1, 1, 2, 3])))
        x = layers.Add()(inputs) if len(inputs) > 1 else inputs[0]
        dense = layers.Dense(4, name=f"dense_{choose.randrange(10**6)}")
        tensors.append(dense(x))
        if choose.random() < 0.2:
            tensors.append(dense(choose.choice(tensors)))
    return keras.Model(tensors[0], choose.sample(tensors[1:], 2))


def keras_models():
    inner = small_network()
    frozen = small_network()
    frozen.trainable = False
    models = {
        "functional": small_network(),
        "wrapped": wrapped(),
        "sequential": keras.Sequential(
            [keras.Input((8, 8, 3)), layers.Conv2D(2, 3), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3)]
        ),
        "starts_with_model": keras.Sequential([inner, layers.Dense(2)]),
        "frozen_base": keras.Sequential([frozen, layers.Dense(2)]),
        "shared": shared_and_nested(),
        "mobilenet_v2": keras.applications.MobileNetV2(
            input_shape=(32, 32, 3), alpha=0.35, weights=None, classes=5
        ),
    }
    for policy in ("bfloat16", "float16", "mixed_bfloat16", "mixed_float16"):
        stack = [layers.Conv2D(2, 3, dtype=policy), layers.Flatten(dtype=policy), layers.Dense(3, dtype=policy)]
        models[f"policy_{policy}"] = keras.Sequential([keras.Input((8, 8, 3)), *stack])
    for seed in range(8):
        models[f"graph_{seed}"] = random_graph(seed)
    return models


def make(folder):
    values = np.random.default_rng(1)
    for name, model in keras_models().items():
        for weight in model.weights:
            weight.assign(values.uniform(0.1, 1.0, weight.shape))
        model.save(folder / f"keras_{name}.keras")


def member(path, name):
    return zipfile.ZipFile(path).read(name)


def weights_by_path(model, prefix=""):
    """{"conv2d/0": value, "encoder/dense/1": value, ...}"""
    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found.update(weights_by_path(layer, f"{prefix}{layer.name}/"))
        else:
            found.update({f"{prefix}{layer.name}/{i}": np.asarray(w) for i, w in enumerate(layer.weights)})
    return found


def check_weights(path, model, expected):
    actual = weights_by_path(model)
    assert actual.keys() == expected.keys(), f"{path}: {sorted(actual.keys() ^ expected.keys())}"
    for name, value in expected.items():
        assert np.array_equal(actual[name], value), f"{path}: {name} differs"


def check_contained(where, written, by_keras):
    """What nudge wrote is what Keras would write, which may say more."""
    if isinstance(written, dict) and isinstance(by_keras, dict):
        for key, value in written.items():
            # Keras writes its default policy at length; object ids are its memory addresses.
            if key in ("dtype", "shared_object_id"):
                continue
            assert key in by_keras, f"{where}: Keras has no key {key}"
            check_contained(f"{where}.{key}", value, by_keras[key])
    elif isinstance(written, list) and isinstance(by_keras, list):
        assert len(written) == len(by_keras), f"{where}: {len(written)} items, Keras has {len(by_keras)}"
        for i, (a, b) in enumerate(zip(written, by_keras)):
            check_contained(f"{where}[{i}]", a, b)
    else:
        assert written == by_keras, f"{where}: {written}, Keras has {by_keras}"


def check_config(path, model):
    by_keras = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    check_contained(path.name, json.loads(member(path, "config.json")), by_keras)


def check_outputs(path, model, original):
    values = np.random.default_rng(2)
    inputs = [values.uniform(0, 1, (2, *x.shape[1:])).astype("float32") for x in model.inputs]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    ours, theirs = model(inputs), original(inputs)
    ours, theirs = (x if isinstance(x, list) else [x] for x in (ours, theirs))
    assert len(ours) == len(theirs), f"{path}: {len(ours)} outputs, {len(theirs)} in Keras"
    for a, b in zip(ours, theirs):
        assert np.array_equal(a, b), f"{path}: outputs differ"



def check(folder):
    for path in sorted(folder.glob("own_*.keras")):
        arrays = {}
        h5py.File(io.BytesIO(member(path, "nudge.arrays.h5"))).visititems(
            lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
        )
        model = keras.models.load_model(path)
        check_weights(path, model, arrays)
        check_config(path, model)
    originals = sorted(folder.glob("keras_*.keras"))
    assert originals
    for path in originals:
        copy = folder / path.name.replace("keras_", "nudge_")
        original, model = keras.models.load_model(path), keras.models.load_model(copy)
        check_weights(copy, model, weights_by_path(original))
        check_config(copy, model)
        assert len(model.trainable_weights) == len(original.trainable_weights), f"{copy}: freezing differs"
        # nudge computes in float32 whatever the policy.
        if "mobilenet" not in path.name and "policy" not in path.name:
            check_outputs(copy, model, original)
    print(f"{len(originals)} models of Keras agree")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](pathlib.Path(sys.argv[2]))
