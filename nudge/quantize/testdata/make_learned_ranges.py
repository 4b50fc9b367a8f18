"""Writes learned_ranges.json: how jax and Keras's Adam move the limits of a quantizer that learns them.

Values x are put on the grid of [min, max], rounded straight-through, and the loss is the sum of dy y, with other x and dy in
every step.  Trained are log2 of the limits.

    KERAS_BACKEND=jax python make_learned_ranges.py
"""

import json
import pathlib

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
import keras  # noqa: E402

VALUES = 40
STEPS = 6
RATE = 0.05


def still(value):
    return jax.lax.stop_gradient(value)


def fake_quantized(x, low, high, codes):
    """As TensorFlow nudges: real zero becomes a code; what moves by that, and by rounding, is taken for constant."""
    scale = (high - low) / codes
    zero = jnp.clip(jnp.floor(-low / scale + 0.5), 0, codes)
    start = low + still(-zero * scale - low)
    place = jnp.clip((x - start) / scale, 0, codes)
    return start + scale * (place + still(jnp.floor(place + 0.5) - place))


def limits(case, variables):
    if case["symmetric"]:
        return -(2.0 ** variables[0]), 2.0 ** variables[0]
    low = 0.0 if case["min"] == 0 else -(2.0 ** variables[1])
    return low, 2.0 ** variables[0]


def trained(case, seed):
    random = np.random.default_rng(seed)
    codes = 2 ** case["bits"] - 1 - case["narrow"]
    start = [np.log2(case["max"])] + ([] if case["symmetric"] or case["min"] == 0 else [np.log2(-case["min"])])
    variables = [keras.Variable(v, dtype="float64") for v in start]
    optimizer = keras.optimizers.Adam(RATE, epsilon=1e-30)
    optimizer.build(variables)
    steps = []
    for _ in range(STEPS):
        spread = case["max"] - case["min"]
        x = random.uniform(case["min"] - 0.3 * spread, case["max"] + 0.3 * spread, VALUES).astype(np.float32)
        dy = random.normal(size=VALUES).astype(np.float32)

        def loss(values):
            return jnp.sum(dy * fake_quantized(x, *limits(case, values), codes))

        gradients = jax.grad(loss)([v.value for v in variables])
        optimizer.apply(gradients)
        low, high = limits(case, [v.value for v in variables])
        steps.append({"x": x.tolist(), "dy": dy.tolist(), "min": float(low), "max": float(high)})
    return {**case, "rate": RATE, "steps": steps}


def main():
    cases = [
        {"bits": 8, "narrow": False, "symmetric": False, "min": -1.0, "max": 2.0},
        {"bits": 8, "narrow": False, "symmetric": False, "min": 0.0, "max": 6.0},
        {"bits": 8, "narrow": True, "symmetric": True, "min": -1.5, "max": 1.5},
        {"bits": 4, "narrow": False, "symmetric": False, "min": -0.25, "max": 4.0},
        {"bits": 2, "narrow": False, "symmetric": False, "min": -3.0, "max": 1.0},
    ]
    path = pathlib.Path(__file__).parent / "learned_ranges.json"
    path.write_text(json.dumps([trained(case, seed) for seed, case in enumerate(cases)]) + "\n")


if __name__ == "__main__":
    main()
