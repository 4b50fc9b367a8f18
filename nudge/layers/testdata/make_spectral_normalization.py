"""Writes spectral_normalization.json: what Keras makes of a kernel before three training steps.

    KERAS_BACKEND=numpy python make_spectral_normalization.py
"""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "numpy")

import keras
import numpy as np

SHAPES = {"dense": ((None, 5), keras.layers.Dense(4)), "conv": ((None, 6, 6, 3), keras.layers.Conv2D(4, (2, 3)))}


def steps(shape, inner, iterations, random):
    layer = keras.layers.SpectralNormalization(inner, power_iterations=iterations)
    layer.build(shape)
    layer.kernel.assign(random.normal(size=layer.kernel.shape))
    layer.vector_u.assign(random.normal(size=layer.vector_u.shape))
    rows = []
    for _ in range(4):
        rows.append({"kernel": np.ravel(layer.kernel).tolist(), "vector_u": np.ravel(layer.vector_u).tolist()})
        vector_u, kernel = layer.normalized_weights()
        layer.vector_u.assign(vector_u)
        layer.kernel.assign(kernel)
    return rows


random = np.random.default_rng(7)
cases = [
    {"layer": name, "power_iterations": n, "steps": steps(*SHAPES[name], n, random)}
    for name, n in (("dense", 1), ("dense", 3), ("conv", 1))
]
with open(os.path.join(os.path.dirname(__file__), "spectral_normalization.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
