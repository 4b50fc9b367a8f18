"""Writes weight_rules.json: Keras's regularizers with jax's gradients, and its constraints, on random weights.

    KERAS_BACKEND=jax python make_weight_rules.py
"""

import json
import pathlib

import jax
import keras
import numpy as np

SHAPES = [(5,), (4, 3), (2, 5), (2, 3, 3, 4)]
REGULARIZERS = [
    keras.regularizers.L1(0.03),
    keras.regularizers.L2(0.2),
    keras.regularizers.L1L2(0.05, 0.01),
    keras.regularizers.L1L2(l2=0.1),
    keras.regularizers.OrthogonalRegularizer(0.4),
    keras.regularizers.OrthogonalRegularizer(0.4, mode="columns"),
]
CONSTRAINTS = [
    keras.constraints.MaxNorm(1.0),
    keras.constraints.MaxNorm(0.5, axis=-1),
    keras.constraints.MaxNorm(1.5, axis=[0, 1, 2]),
    keras.constraints.MaxNorm(1.5, axis=None),
    keras.constraints.NonNeg(),
    keras.constraints.UnitNorm(),
    keras.constraints.UnitNorm(axis=[0, 1]),
    keras.constraints.MinMaxNorm(0.8, 1.1),
    keras.constraints.MinMaxNorm(0.8, 1.1, rate=0.3, axis=[0, 1, 2]),
]


def numbers(array):
    return [float(x) for x in np.asarray(array, np.float64).reshape(-1)]


def weight_of(shape, seed):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def fits(rule, shape):
    if isinstance(rule, keras.regularizers.OrthogonalRegularizer):
        return len(shape) == 2
    axis = getattr(rule, "axis", 0)
    axes = axis if isinstance(axis, list) else [axis or 0]
    return max(axes) < len(shape)


def main():
    cases = []
    for seed, shape in enumerate(SHAPES):
        weight = weight_of(shape, seed)
        for rule in filter(lambda r: fits(r, shape), REGULARIZERS):
            value, gradient = jax.value_and_grad(rule)(weight)
            cases.append(
                {
                    "regularizer": keras.regularizers.serialize(rule),
                    "shape": shape,
                    "weight": numbers(weight),
                    "penalty": float(value),
                    "gradient": numbers(gradient),
                }
            )
        for rule in filter(lambda r: fits(r, shape), CONSTRAINTS):
            cases.append(
                {
                    "constraint": keras.constraints.serialize(rule),
                    "shape": shape,
                    "weight": numbers(weight),
                    "constrained": numbers(rule(weight)),
                }
            )
    path = pathlib.Path(__file__).parent / "weight_rules.json"
    path.write_text("[" + ",\n".join(json.dumps(case) for case in cases) + "]\n")


if __name__ == "__main__":
    main()
