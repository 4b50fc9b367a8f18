"""Writes distillation.json: what training towards a teacher costs, as Keras's example of knowledge distillation has it, and jax's
gradient of it for the student's outputs.  Temperatures below 1 are left out: they make shares below 1e-7, where Keras cuts them.

    KERAS_BACKEND=jax python make_distillation.py
"""

import json
import pathlib

import jax
import keras
import numpy as np
from keras import ops

CASES = 24


def logits_of(outputs, kind):
    return outputs if kind == "logits" else ops.log(outputs)


def outputs_of(random, kind, shape):
    values = random.normal(size=shape) * 3
    return (values if kind == "logits" else np.asarray(jax.nn.softmax(values))).astype("float32")


def case(seed):
    random = np.random.default_rng(seed)
    rows, classes = int(random.integers(1, 5)), int(random.integers(2, 7))
    kinds = [("logits", "softmax")[int(k)] for k in random.integers(0, 2, size=2)]
    teacher, student = (outputs_of(random, kind, (rows, classes)) for kind in kinds)
    labels = random.integers(0, classes, size=rows).astype("int32")
    temperature, alpha = float(random.uniform(1, 8)), float(random.uniform(0, 1))
    own = keras.losses.SparseCategoricalCrossentropy(from_logits=kinds[1] == "logits")

    def distillation(outputs):
        return (
            keras.losses.KLDivergence()(
                ops.softmax(logits_of(teacher, kinds[0]) / temperature, axis=1),
                ops.softmax(logits_of(outputs, kinds[1]) / temperature, axis=1),
            )
            * temperature**2
        )

    def total(outputs):
        return alpha * own(labels, outputs) + (1 - alpha) * distillation(outputs)

    value, gradient = jax.value_and_grad(total)(student)
    return {
        "seed": seed,
        "shape": [rows, classes],
        "teacher_kind": kinds[0],
        "student_kind": kinds[1],
        "teacher": teacher.reshape(-1).tolist(),
        "student": student.reshape(-1).tolist(),
        "labels": labels.tolist(),
        "temperature": temperature,
        "alpha": alpha,
        "distillation": float(distillation(student)),
        "total": float(value),
        "gradient": np.asarray(gradient).reshape(-1).tolist(),
    }


def main():
    path = pathlib.Path(__file__).parent / "distillation.json"
    path.write_text(json.dumps([case(seed) for seed in range(CASES)]) + "\n")


if __name__ == "__main__":
    main()
