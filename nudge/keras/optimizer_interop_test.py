"""The Keras side of optimizer_interop_test.cc.

optimizer_interop_test.py make FOLDER    saves compiled models as FOLDER/keras_*.keras; each average of an optimizer
                                         is its weight times a number of the average's own
optimizer_interop_test.py check FOLDER   loads what nudge made of them (nudge_*.keras), compares the optimizers'
                                         variables, and trains on
"""

import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers, optimizers

STEPS = 17
# A centered RMSprop takes the root of its velocity less the squared average gradient.
TIMES = {"momentum": 2.0, "velocity": 3.0, "average_gradient": 0.5, "norm": 1.5, "accumulator": 2.5, "average": 0.75,
         "gradient_accumulator": 0.25}
OPTIMIZERS = {
    "adam": lambda: optimizers.Adam(0.003, beta_1=0.8),
    "rmsprop": lambda: optimizers.RMSprop(0.002),
    "rmsprop_all": lambda: optimizers.RMSprop(0.002, rho=0.7, momentum=0.5, centered=True),
    "sgd": lambda: optimizers.SGD(0.01),
    "sgd_nesterov": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "adamw": lambda: optimizers.AdamW(0.003, weight_decay=0.02, clipnorm=1.0),
    "adamax": lambda: optimizers.Adamax(0.003),
    "nadam": lambda: optimizers.Nadam(0.003),
    "adagrad": lambda: optimizers.Adagrad(0.003, initial_accumulator_value=0.2),
    "lion": lambda: optimizers.Lion(0.003, clipvalue=0.5),
    "adam_ema": lambda: optimizers.Adam(0.003, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=6),
    "sgd_accumulating": lambda: optimizers.SGD(0.01, momentum=0.5, gradient_accumulation_steps=3, global_clipnorm=2.0),
    "rmsprop_both": lambda: optimizers.RMSprop(0.002, use_ema=True, gradient_accumulation_steps=2, weight_decay=0.1),
}


def network():
    """Weights of equal shapes, a nested model, a shared and a frozen layer."""
    inputs = keras.Input((4,))
    shared = layers.Dense(4, name="shared")
    encoder = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.BatchNormalization()], name="encoder")
    frozen = layers.Dense(4, name="frozen")
    frozen.trainable = False
    x = layers.Add()([layers.Dense(4)(inputs), shared(inputs)])
    x = encoder(frozen(shared(x)))
    x = layers.Add()([x, layers.Dense(4)(x)])
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))


def averages(model):
    """(kind, weight, variable) for each; lists and lists in turn, as the optimizers' build() makes them."""
    weights = model.trainable_variables
    variables = [v for v in model.optimizer.variables[2:] if v.shape]  # Nadam's product is one number
    kinds = [v.path.rsplit("/", 1)[1] for v in variables]
    kinds = [next(kind for kind in sorted(TIMES, key=len, reverse=True) if name.endswith(kind)) for name in kinds]
    counts = {kind: 0 for kind in TIMES}
    for kind, variable in zip(kinds, variables):
        yield kind, weights[counts[kind]], variable
        counts[kind] += 1


def make(folder):
    values = np.random.default_rng(3)
    for name, optimizer in OPTIMIZERS.items():
        model = network()
        model.compile(optimizer(), "sparse_categorical_crossentropy", metrics=["accuracy"])
        for weight in model.weights:
            weight.assign(values.uniform(0.1, 1.0, weight.shape))
        model.optimizer.build(model.trainable_variables)
        # Of gradients; "iterations" counts updates.
        model.optimizer._iterations.assign(STEPS)
        for kind, weight, variable in averages(model):
            variable.assign(TIMES[kind] * weight)
        if name == "nadam":
            momenta = [0.9 * (1 - 0.5 * 0.96**t) for t in range(1, STEPS + 1)]
            model.optimizer.variables[-1].assign(np.prod(momenta))
        model.save(folder / f"keras_{name}.keras")
    model.compile(optimizers.Adafactor(), "sparse_categorical_crossentropy")
    model.save(folder / "other_adafactor.keras")
    model.compile(optimizers.Adam(amsgrad=True), "sparse_categorical_crossentropy")
    model.save(folder / "other_amsgrad.keras")


def check(folder):
    originals = sorted(folder.glob("keras_*.keras"))
    assert len(originals) == len(OPTIMIZERS)
    for path in originals:
        copy = folder / path.name.replace("keras_", "nudge_")
        original, model = keras.models.load_model(path), keras.models.load_model(copy)
        assert int(model.optimizer._iterations) == STEPS, f"{copy}: {int(model.optimizer._iterations)} steps"
        assert type(model.optimizer) is type(original.optimizer), copy
        ours, theirs = model.optimizer.get_config(), original.optimizer.get_config()
        assert {**ours, "name": ""} == {**theirs, "name": ""}, f"{copy}: {ours}, Keras has {theirs}"
        pairs = list(zip(model.optimizer.variables, original.optimizer.variables, strict=True))
        for mine, other in pairs:
            # Nadam's product of momenta, a scalar, is rounded at each step.
            assert np.allclose(mine, other, rtol=0 if mine.shape else 1e-4, atol=0), f"{copy}: {mine.path} differs"
        images, labels = np.ones((4, 4), "float32"), np.array([0, 1, 2, 0])
        # Keras would compile each of these small models for one batch.
        original.run_eagerly = model.run_eagerly = True
        losses = [m.fit(images, labels, shuffle=False, verbose=0).history["loss"][0] for m in (model, original)]
        exact = not path.stem.endswith("nadam")
        assert np.allclose(*losses, rtol=0 if exact else 1e-6, atol=0), f"{copy}: losses {losses}"
        assert int(model.optimizer._iterations) == STEPS + 1
        for mine, other in pairs:
            same = np.allclose(mine, other, rtol=0 if exact else 1e-5, atol=0 if exact else 1e-7)
            assert same, f"{copy}: {mine.path} differs after training on"
    print(f"{len(originals)} optimizers agree")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](pathlib.Path(sys.argv[2]))
