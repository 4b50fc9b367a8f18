#!/usr/bin/env python3
"""Writes the rows that applications_test.cc compares with, one compact JSON file an architecture.

usage: make_fixtures.py

Needs tf_keras, whose layer names are the ones that nudge gives.  A row is a layer's name, class, output shape,
parameters, inputs, weights, and those of its options that change what it computes.
"""

import json
import pathlib

import tf_keras

MODELS = {"MobileNet": "mobilenet.json", "MobileNetV2": "mobilenet_v2.json"}
OPTIONS = [
    "activation", "center", "depth_multiplier", "dilation_rate", "epsilon", "filters", "keepdims",
    "kernel_size", "max_value", "momentum", "negative_slope", "padding", "rate", "scale", "strides",
    "target_shape", "threshold", "units", "use_bias",
]


def row(layer):
    shape = layer.output_shape
    if isinstance(shape, list):  # an InputLayer's
        shape = shape[0]
    # "conv1/kernel:0" -> "kernel"
    weights = [[weight.name.rsplit("/", 1)[1].split(":")[0], list(weight.shape)] for weight in layer.weights]
    config = layer.get_config()
    options = {key: config[key] for key in OPTIONS if key in config}
    sources = [tensor._keras_history.layer.name for tensor in layer.inbound_nodes[0].keras_inputs]
    return [layer.name, type(layer).__name__, list(shape[1:]), layer.count_params(), sources, weights, options]


def main():
    for name, file in MODELS.items():
        tf_keras.backend.clear_session()
        model = getattr(tf_keras.applications, name)(weights=None)
        rows = ",\n".join(json.dumps(row(layer), separators=(",", ":"), default=lambda number: number.item()) for layer in model.layers)
        trainable = sum(int(weight.shape.num_elements()) for weight in model.trainable_weights)
        head = f'"total":{model.count_params()},"trainable":{trainable}'
        (pathlib.Path(__file__).parent / file).write_text(f'{{{head},"layers":[\n{rows}\n]}}\n')


if __name__ == "__main__":
    main()
