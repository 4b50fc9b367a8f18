"""Writes optimizers.json: random gradients, and the weights after each step of Keras's optimizers.

    KERAS_BACKEND=jax python make_optimizers.py
"""

import json
import pathlib

import keras
import numpy as np

OPTIMIZERS = {
    "sgd": (keras.optimizers.SGD, [{}, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}]),
    "rmsprop": (keras.optimizers.RMSprop,
                [{}, {"rho": 0.7, "momentum": 0.5}, {"centered": True}, {"momentum": 0.9, "centered": True, "epsilon": 1e-3}]),
    "adam": (keras.optimizers.Adam, [{}, {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}]),
    "adamw": (keras.optimizers.AdamW, [{}, {"weight_decay": 0.1, "beta_1": 0.7}]),
    "adamax": (keras.optimizers.Adamax, [{}, {"beta_1": 0.8, "beta_2": 0.9}]),
    "nadam": (keras.optimizers.Nadam, [{}, {"beta_1": 0.8, "beta_2": 0.95}]),
    "adagrad": (keras.optimizers.Adagrad, [{}, {"initial_accumulator_value": 0.5, "epsilon": 1e-3}]),
    "lion": (keras.optimizers.Lion, [{}, {"beta_1": 0.8, "beta_2": 0.9}]),
}
COMMON = [{}, {"weight_decay": 0.05}, {"clipvalue": 0.4}, {"clipnorm": 0.8}, {"global_clipnorm": 1.1},
          {"use_ema": True, "ema_momentum": 0.8}, {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 2},
          {"gradient_accumulation_steps": 2}, {"gradient_accumulation_steps": 3, "clipnorm": 0.8, "use_ema": True}]
SHAPES = [4, 3]


def lists(arrays):
    return [np.asarray(a).reshape(-1).tolist() for a in arrays]


def case(name, options, seed):
    random = np.random.default_rng(seed)
    rate = float(np.float32(10 ** random.uniform(-3, -1)))
    start = [random.normal(size=n).astype("float32") for n in SHAPES]
    weights = [keras.Variable(value) for value in start]
    optimizer = OPTIMIZERS[name][0](learning_rate=rate, **options)
    optimizer.build(weights)
    steps = []
    for _ in range(5):
        gradients = [random.normal(size=n).astype("float32") for n in SHAPES]
        optimizer.apply(gradients, weights)
        steps.append({"gradients": lists(gradients), "weights": lists(weights)})
    optimizer.finalize_variable_values(weights)
    return {"optimizer": name, "options": {k: float(v) for k, v in options.items()}, "seed": seed,
            "learning_rate": rate, "start": lists(start), "steps": steps, "finished": lists(weights)}


def main():
    cases = []
    for name, (_, variants) in OPTIMIZERS.items():
        for own in variants:
            for common in COMMON if own == variants[0] or own == variants[-1] else COMMON[:1]:
                cases.append(case(name, {**own, **common}, len(cases)))
    path = pathlib.Path(__file__).parent / "optimizers.json"
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
