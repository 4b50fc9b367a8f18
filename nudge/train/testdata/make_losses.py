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
    for name in LOSSES:
        for kind in PREDICTIONS:
            if kind == "certain" and name != "binary_crossentropy":
                continue
            cases += [case(name, kind, 100 * len(cases) + i) for i in range(5)]
    path = pathlib.Path(__file__).parent / "losses.json"
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
