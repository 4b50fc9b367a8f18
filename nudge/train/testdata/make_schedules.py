"""Writes schedules.json: Keras's schedules with random options, as factors on a rate of 1 over an epoch of 20 steps.

    KERAS_BACKEND=jax python make_schedules.py
"""

import json
import pathlib

import keras
import numpy as np

STEPS = 20  # an epoch
S = keras.optimizers.schedules


def cosine_restarts(r):
    o = {"first": int(r.integers(1, 4)), "t_mul": float(r.choice([1.0, 1.5, 2.0])),
         "m_mul": float(r.choice([1.0, 0.8])), "end": float(r.choice([0.0, 0.1]))}
    return o, S.CosineDecayRestarts(1.0, o["first"] * STEPS, o["t_mul"], o["m_mul"], o["end"])


def exponential(r):
    o = {"every": int(r.integers(1, 4)), "factor": float(r.uniform(0.3, 1.0))}
    return o, S.ExponentialDecay(1.0, o["every"] * STEPS, o["factor"])


def step(r):
    o = {"every": int(r.integers(1, 4)), "factor": float(r.uniform(0.3, 1.0))}
    return o, S.ExponentialDecay(1.0, o["every"] * STEPS, o["factor"], staircase=True)


def polynomial(r):
    o = {"end": float(r.choice([0.0, 0.1])), "power": float(r.choice([1.0, 2.0, 0.5])), "over": int(r.integers(1, 5)),
         "cycle": bool(r.integers(2))}
    return o, S.PolynomialDecay(1.0, o["over"] * STEPS, o["end"], o["power"], o["cycle"])


def cosine(r):
    o = {"end": float(r.uniform(0, 0.3))}
    return o, S.CosineDecay(1.0, EPOCHS * STEPS, o["end"])


def piecewise(r):
    at = sorted(int(v) for v in r.choice(np.arange(1, 7), size=int(r.integers(1, 4)), replace=False))
    factors = [float(np.float32(v)) for v in r.uniform(0.01, 1, size=len(at) + 1)]
    return {"at": at, "factors": factors}, S.PiecewiseConstantDecay([a * STEPS for a in at], factors)


EPOCHS = 8
SCHEDULES = [cosine_restarts, exponential, step, polynomial, cosine, piecewise]


def main():
    cases = []
    for make in SCHEDULES:
        for _ in range(8):
            seed = len(cases)
            random = np.random.default_rng(seed)
            options, schedule = make(random)
            # Whole multiples of a period round either way.
            steps = sorted({int(s) for s in random.integers(0, EPOCHS * STEPS, size=30) if s % STEPS or s == 0})
            points = [[s / STEPS, float(schedule(s))] for s in steps]
            cases.append({"schedule": make.__name__, "options": options, "seed": seed, "epochs": EPOCHS, "points": points})
    path = pathlib.Path(__file__).parent / "schedules.json"
    path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
