"""Writes losses.json: random predictions and labels, with Keras's loss and jax's gradient of it.

    KERAS_BACKEND=jax python make_losses.py
"""

import json
import pathlib

import jax
import keras
import numpy as np

LOSSES = {
    "sparse_categorical_crossentropy": keras.losses.sparse_categorical_crossentropy,
    "categorical_crossentropy": keras.losses.categorical_crossentropy,
    "binary_crossentropy": keras.losses.binary_crossentropy,
    "categorical_focal_crossentropy": keras.losses.categorical_focal_crossentropy,
    "binary_focal_crossentropy": keras.losses.binary_focal_crossentropy,
}
NUMBERS = {
    "mean_squared_error": keras.losses.mean_squared_error,
    "mean_absolute_error": keras.losses.mean_absolute_error,
    "huber": keras.losses.huber,
}
OPTIONS = {
    "categorical_crossentropy": [{"label_smoothing": 0.1}, {"label_smoothing": 0.3}],
    "binary_crossentropy": [{"label_smoothing": 0.1}, {"label_smoothing": 0.3}],
    "categorical_focal_crossentropy": [{}, {"gamma": 1.5, "alpha": 0.4}, {"label_smoothing": 0.2, "gamma": 3.0}],
    "binary_focal_crossentropy": [{}, {"gamma": 1.5}, {"apply_class_balancing": True, "alpha": 0.4},
                                  {"label_smoothing": 0.2, "gamma": 3.0, "apply_class_balancing": True}],
    "mean_squared_error": [{}],
    "mean_absolute_error": [{}],
    "huber": [{}, {"delta": 0.4}, {"delta": 2.5}],
}
# What the predictions are like; the name says it.
PREDICTIONS = {
    "logits": lambda random, shape: random.normal(size=shape) * 4,
    "softmax": lambda random, shape: random.dirichlet(np.ones(shape[1]), size=shape[0]),
    "sigmoid": lambda random, shape: 1 / (1 + np.exp(-random.normal(size=shape) * 2)),
    "certain": lambda random, shape: random.integers(0, 2, size=shape) + np.eye(*shape) * 0.5,
}


def labels_of(name, random, rows, outputs):
    classes = random.integers(0, max(outputs, 2), size=rows)
    if name.startswith("sparse") or outputs == 1:
        return classes, classes.reshape(-1, 1).astype("float32")
    if random.integers(2):
        return classes, np.eye(outputs, dtype="float32")[classes]
    rows = random.dirichlet(np.ones(outputs), size=rows).astype("float32")
    return rows, rows


def weighted(random, rows):
    """None, or a weight for each row."""
    return random.uniform(0, 3, size=rows).astype("float32") if random.integers(2) else None


def mean(values, weights):
    return jax.numpy.mean(values if weights is None else values * weights)


def option_case(name, kind, options, seed):
    """As case(), with options and sample weights."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(1, 5))
    one = name in NUMBERS or name.startswith("binary")
    outputs = int(random.integers(1, 4)) if one else int(random.integers(2, 6))
    if name in NUMBERS:
        predictions = random.normal(size=(rows, outputs)).astype("float32") * 2
        labels = target = random.normal(size=(rows, outputs)).astype("float32")
    else:
        predictions = PREDICTIONS[kind](random, (rows, outputs)).astype("float32")
        labels, target = labels_of(name, random, rows, outputs)
    weights = weighted(random, rows)
    function = {**LOSSES, **NUMBERS}[name]
    more = {"from_logits": kind == "logits"} if name in LOSSES else {}
    value, gradient = jax.value_and_grad(lambda v: mean(function(target, v, **options, **more), weights))(predictions)
    return {
        "loss": name + ("_from_logits" if kind == "logits" else ""),
        "options": {k: float(v) for k, v in options.items()},
        "weights": None if weights is None else weights.tolist(),
        "predictions": kind,
        "seed": seed,
        "shape": [rows, outputs],
        "labels": np.asarray(labels).reshape(-1).tolist(),
        "values": predictions.reshape(-1).tolist(),
        "expected": float(value),
        "gradient": np.asarray(gradient).reshape(-1).tolist(),
    }


def case(name, kind, seed):
    random = np.random.default_rng(seed)
    rows = int(random.integers(1, 5))
    outputs = int(random.integers(1, 4)) if name.startswith("binary") else int(random.integers(2, 6))
    predictions = PREDICTIONS[kind](random, (rows, outputs)).astype("float32")
    labels, target = labels_of(name, random, rows, outputs)
    from_logits = kind == "logits"
    if name.startswith("sparse"):
        target = labels

    def loss(values):
        return jax.numpy.mean(LOSSES[name](target, values, from_logits=from_logits))

    value, gradient = jax.value_and_grad(loss)(predictions)
    # Where Keras clips, nudge keeps a slope on one side.
    clipped = not from_logits and np.any((predictions < 1e-6) | (predictions > 1 - 1e-6))
    return {
        "loss": name + ("_from_logits" if from_logits else ""),
        "predictions": kind,
        "seed": seed,
        "shape": [rows, outputs],
        "labels": np.asarray(labels).reshape(-1).tolist(),
        "values": predictions.reshape(-1).tolist(),
        "expected": float(value),
        "gradient": None if clipped else np.asarray(gradient).reshape(-1).tolist(),
    }


def main():
    cases = []
    for name in ["sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"]:
        for kind in PREDICTIONS:
            if kind == "certain" and name != "binary_crossentropy":
                continue
            cases += [case(name, kind, 100 * len(cases) + i) for i in range(5)]
    for name, variants in OPTIONS.items():
        for options in variants:
            for kind in ["numbers"] if name in NUMBERS else ["logits", "softmax", "sigmoid"]:
                if kind == "softmax" and name.startswith("binary"):
                    continue
                cases += [option_case(name, kind, options, 10000 + 100 * len(cases) + i) for i in range(3)]
    path = pathlib.Path(__file__).parent / "losses.json"
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
