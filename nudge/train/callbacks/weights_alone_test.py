"""The Keras side of model_checkpoint_test.cc: weights_alone_test.py FOLDER

Loads alone.weights.h5 into the model of whole.keras after it has lost all values, compares the two, and saves it as
keras.weights.h5, which must hold what alone.weights.h5 does.
"""

import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np


def variables(model):
    return model.variables + model.optimizer.variables


def contents(path):
    found = {}

    def add(name, item):
        found[name] = dict(item.attrs), item[()] if isinstance(item, h5py.Dataset) else None

    with h5py.File(path) as file:
        file.visititems(add)
    return found


folder = pathlib.Path(sys.argv[1])
whole, model = (keras.models.load_model(folder / "whole.keras") for _ in range(2))
assert int(whole.optimizer.iterations) > 0
for variable in variables(model):
    variable.assign(np.zeros(variable.shape, variable.dtype))
model.load_weights(folder / "alone.weights.h5")
for expected, given in zip(variables(whole), variables(model), strict=True):
    np.testing.assert_array_equal(given.numpy(), expected.numpy(), err_msg=given.path)
model.save_weights(folder / "keras.weights.h5")
np.testing.assert_equal(contents(folder / "alone.weights.h5"), contents(folder / "keras.weights.h5"))
