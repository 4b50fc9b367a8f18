"""Writes metrics.json: random predictions and labels in batches, with what Keras's metric says after each.

    KERAS_BACKEND=jax python make_metrics.py
"""

import json
import pathlib

import keras
import numpy as np

ROWS = [4, 1, 7]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# What the predictions are, and what Keras is shown of them.
KINDS = {"probabilities": lambda x: x, "logits": softmax, "answers": sigmoid}


def keras_metric(name, options, outputs):
    m = keras.metrics
    return {
        "accuracy": lambda: m.BinaryAccuracy() if outputs == 1 else m.CategoricalAccuracy(),
        "top_k_categorical_accuracy": lambda: m.TopKCategoricalAccuracy(k=int(options.get("k", 5))),
        "precision": lambda: m.Precision(thresholds=options.get("threshold")),
        "recall": lambda: m.Recall(thresholds=options.get("threshold")),
        "f1_score": lambda: m.F1Score(average="macro", threshold=0.5 if outputs == 1 else None),
        "auc": lambda: m.AUC(num_thresholds=int(options.get("num_thresholds", 200))),
        "mean_squared_error": lambda: m.MeanSquaredError(),
        "root_mean_squared_error": lambda: m.RootMeanSquaredError(),
        "mean_absolute_error": lambda: m.MeanAbsoluteError(),
    }[name]()


OPTIONS = {
    "top_k_categorical_accuracy": [{"k": 2}, {"k": 1}, {}],
    "precision": [{}, {"threshold": 0.3}],
    "recall": [{}, {"threshold": 0.3}],
    "auc": [{}, {"num_thresholds": 7}],
}


def case(name, options, kind, outputs, seed):
    random = np.random.default_rng(seed)
    metric = keras_metric(name, options, outputs)
    batches = []
    sparse = bool(random.integers(2))
    for rows in ROWS:
        shape = (rows, outputs)
        if name.endswith("error"):
            values, labels = random.normal(size=shape) * 2, random.normal(size=shape)
            given = labels
        else:
            values = random.normal(size=shape) * 2
            if kind == "probabilities":
                values = sigmoid(values) if outputs == 1 or seed % 2 else softmax(values)
            classes = random.integers(0, max(outputs, 2), size=rows)
            labels = classes.reshape(-1, 1) if outputs == 1 else np.eye(outputs)[classes]
            given = classes if sparse else labels
        values = values.astype("float32")
        metric.update_state(labels.astype("float32"), KINDS[kind](values).astype("float32"))
        flat = given.reshape(-1).tolist() if given is not labels else labels.astype("float32").reshape(-1).tolist()
        batches.append({"shape": list(shape), "labels": flat, "values": values.reshape(-1).tolist(),
                        "expected": float(metric.result())})
    return {"metric": name, "options": options, "predicted": kind, "seed": seed, "batches": batches}


def main():
    cases = []
    for name in ["accuracy", "top_k_categorical_accuracy", "precision", "recall", "f1_score", "auc",
                 "mean_squared_error", "root_mean_squared_error", "mean_absolute_error"]:
        numbers = name.endswith("error")
        for options in OPTIONS.get(name, [{}]):
            for kind in ["probabilities"] if numbers else KINDS:
                if name == "accuracy" and kind == "answers":
                    continue  # Keras has no argmax of independent answers
                for outputs in (3, 6) if name.startswith("top") or kind == "logits" else (1, 4):
                    for _ in range(3 if numbers else 1):
                        cases.append(case(name, options, kind, outputs, len(cases)))
    path = pathlib.Path(__file__).parent / "metrics.json"
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
