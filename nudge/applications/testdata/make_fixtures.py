#!/usr/bin/env python3
"""Writes the rows that applications_test.cc compares with, one compact JSON file an architecture.

usage: make_fixtures.py APPLICATIONS_FOLDER

The folder holds one file a model of keras.applications (tf_keras): its layers with name, class, output
shape, parameters, inputs and weights, as ../shared/oracles/applications does.
"""

import json
import pathlib
import sys

MODELS = {"MobileNet": "mobilenet.json", "MobileNetV2": "mobilenet_v2.json"}


def row(layer):
    shape = layer["output_shape"]
    if isinstance(shape[0], list):  # an InputLayer's is wrapped once more
        shape = shape[0]
    # "conv1/kernel:0" -> "kernel"
    weights = [[name.rsplit("/", 1)[1].split(":")[0], dims] for name, dims in layer["weights"]]
    return [layer["name"], layer["class"], shape[1:], layer["params"], layer["inputs"], weights]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).parent
    for model, file in MODELS.items():
        oracle = json.loads((source / f"{model}.json").read_text())
        rows = ",\n".join(json.dumps(row(layer), separators=(",", ":")) for layer in oracle["layers"])
        head = f'"total":{oracle["total"]},"trainable":{oracle["trainable"]}'
        (target / file).write_text(f'{{{head},"layers":[\n{rows}\n]}}\n')


if __name__ == "__main__":
    main()
