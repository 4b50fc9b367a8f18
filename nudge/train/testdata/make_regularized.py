"""Writes regularized.json: small models with regularizers and constraints of every kind, the loss and the gradients that
Keras and jax give for one batch, and the weights after one step of SGD.

    KERAS_BACKEND=jax python make_regularized.py
"""

import json
import pathlib

import jax
import keras
import numpy as np
from keras import constraints, layers, regularizers

RATE = 0.1
CLASSES = 3


def own_path(weight):
    """As nudge has it, which keeps Keras 2's name of a depthwise kernel."""
    return weight.path.replace("depthwise/kernel", "depthwise/depthwise_kernel")


def image_model():
    given = keras.Input((5, 5, 2), name="image")
    x = layers.Conv2D(
        4,
        3,
        kernel_regularizer=regularizers.L2(0.02),
        bias_regularizer=regularizers.L1(0.03),
        activity_regularizer=regularizers.L2(0.01),
        kernel_constraint=constraints.MaxNorm(0.4, axis=[0, 1, 2]),
        bias_constraint="non_neg",
        name="conv",
    )(given)
    x = layers.BatchNormalization(
        gamma_regularizer=regularizers.L1L2(0.02, 0.03),
        beta_regularizer="l2",
        gamma_constraint=constraints.MinMaxNorm(0.5, 1.0, rate=0.5),
        name="norm",
    )(x)
    x = layers.ReLU(activity_regularizer=regularizers.L1(0.02), name="relu")(x)
    x = layers.DepthwiseConv2D(
        2, depthwise_regularizer=regularizers.L1(0.05), depthwise_constraint="unit_norm", name="depthwise"
    )(x)
    x = layers.ActivityRegularization(l1=0.01, l2=0.02, name="activity")(x)
    x = layers.Flatten(name="flat")(x)
    x = layers.Dense(
        CLASSES,
        activation="softmax",
        kernel_regularizer=regularizers.OrthogonalRegularizer(0.3, mode="columns"),
        activity_regularizer=regularizers.L1L2(0.01, 0.02),
        name="scores",
    )(x)
    return keras.Model(given, x)


def frozen_model():
    """What is frozen is neither penalised nor constrained; an activity is, whatever made it; a shared layer's
    is counted once, of its last call, by Keras itself."""
    given = keras.Input((4,), name="features")
    x = layers.Dense(
        4, kernel_regularizer="l2", activity_regularizer="l2", kernel_constraint="unit_norm", trainable=False, name="frozen"
    )(given)
    shared = layers.Dense(4, kernel_regularizer="l1", activity_regularizer=regularizers.L2(0.03), name="shared")
    x = shared(shared(x))
    return keras.Model(given, layers.Dense(CLASSES, activation="softmax", name="scores")(x))


def numbers(array):
    return [float(x) for x in np.asarray(array, np.float64).reshape(-1)]


def case(build, seed):
    keras.utils.set_random_seed(seed)
    model = build()
    random = np.random.default_rng(seed)
    for weight in model.weights:
        spread = random.uniform(0.5, 1.5, weight.shape) if "variance" in weight.name else random.normal(size=weight.shape)
        weight.assign(spread * (1 if "variance" in weight.name else 0.5))
    x = random.normal(size=(6, *model.input_shape[1:])).astype("float32")
    y = random.integers(0, CLASSES, size=6).astype("int32")
    cross_entropy = keras.losses.SparseCategoricalCrossentropy()

    def total(trainable, training):
        outputs, _, losses = model.stateless_call(
            trainable, [v.value for v in model.non_trainable_variables], x, training=training, return_losses=True
        )
        return cross_entropy(y, outputs) + sum(losses)

    values = [v.value for v in model.trainable_variables]
    before = {own_path(w): numbers(w.value) for w in model.weights}
    loss, gradients = jax.value_and_grad(total)(values, True)
    fixture = {
        "config": json.loads(model.to_json()),
        "x_shape": list(x.shape),
        "x": numbers(x),
        "y": y.tolist(),
        "weights": before,
        "loss": float(loss),
        "inference_loss": float(total(values, False)),
        "gradients": {own_path(v): numbers(g) for v, g in zip(model.trainable_variables, gradients)},
    }
    model.compile(keras.optimizers.SGD(RATE), cross_entropy)
    fixture["reported_loss"] = float(model.train_on_batch(x, y))
    fixture["updated"] = {own_path(v): numbers(v.value) for v in model.trainable_variables}
    return fixture


def main():
    cases = {"rate": RATE, "cases": [case(image_model, 3), case(frozen_model, 4)]}
    path = pathlib.Path(__file__).parent / "regularized.json"
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
