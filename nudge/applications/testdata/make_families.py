#!/usr/bin/env python3
"""Writes what families_test.cc compares with: each application of Keras, with and without options, layer by layer.

usage: make_families.py keras|tf_keras [NAME ...]
       make_families.py keras|tf_keras --rows NAME [OPTIONS]

keras makes families.json from Keras 3, tf_keras makes families_tf_keras.json: the families that only tf.keras has.
A layer is written as a line: name, class, output shape, parameters, inputs, shapes of the weights, and the options
that change what it computes.  The file holds four hexadecimal digits of each line's hash, and all of the whole text's.
With names only those applications are made anew.  --rows prints the lines of an application instead, for when a test
says that one differs; OPTIONS is a JSON object.
"""

import importlib
import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "numpy"
OPTIONS = [
    "activation", "center", "depth_multiplier", "dilation_rate", "epsilon", "filters", "groups", "keepdims", "kernel_size",
    "max_value", "momentum", "negative_slope", "noise_shape", "offset", "padding", "pool_size", "rate", "scale", "strides",
    "target_shape", "threshold", "units", "use_bias", "kernel_initializer", "depthwise_initializer", "pointwise_initializer",
    "cropping", "drop_path_rate", "init_values", "projection_dim", "mean", "variance",
]  # fmt: skip
SIZE = [97, 129, 3]
TOPLESS = [
    {"include_top": False, "input_shape": SIZE},
    {"include_top": False, "input_shape": SIZE, "pooling": "avg"},
    {"include_top": False, "input_shape": SIZE, "pooling": "max"},
]
HEADS = [*TOPLESS, {"input_shape": SIZE, "classes": 7, "classifier_activation": "linear"}]
UNPREPARED = {"include_preprocessing": False, "input_shape": SIZE}

SOME = [TOPLESS[1], {"classes": 7}, UNPREPARED]  # tf.keras takes long over each
V3 = [
    *HEADS,
    {"alpha": 0.75},
    {"minimalistic": True},
    {"minimalistic": True, "alpha": 1.25, "include_top": False, "pooling": "avg"},
    {"dropout": 0.5, "classes": 3},
    {"dropout": 0.0},
    UNPREPARED,
]
VARIANTS = {
    "keras": {
        "MobileNet": [*HEADS, {"alpha": 0.5, "depth_multiplier": 2, "dropout": 0.5}],
        "MobileNetV2": [*HEADS, {"alpha": 1.4}, {"alpha": 0.35}],
        "MobileNetV3Small": V3,
        "MobileNetV3Large": V3,
        "ResNet50": HEADS,
        "ResNet50V2": HEADS,
        "DenseNet121": HEADS,
        "VGG16": HEADS,
        "InceptionV3": HEADS,
        "InceptionResNetV2": HEADS,
        "Xception": HEADS,
        "NASNetMobile": HEADS,
        "EfficientNetB0": HEADS,
        "EfficientNetB3": TOPLESS[1:2],
        "EfficientNetV2B0": [*HEADS, UNPREPARED],
        "EfficientNetV2S": [*HEADS, UNPREPARED],
        "ConvNeXtTiny": [*HEADS, UNPREPARED],
    },
    "tf_keras": {"RegNetX002": SOME, "RegNetY002": SOME, "ResNetRS50": SOME},
}
ONLY_TF_KERAS = ("RegNet", "ResNetRS")


def text_of(value):
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):  # an initializer
        own = [f"{key}={text_of(value['config'][key])}" for key in ("scale", "mode", "distribution", "stddev", "value") if key in value["config"]]
        return f"{value['class_name']}({','.join(own)})"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(text_of, value)) + "]"
    if isinstance(value, str):
        return value
    return f"{float(value):.6g}"


def shape_text(shape):
    return "x".join(str(-1 if d is None else d) for d in shape[1:])


class Rows:
    """The lines of a model's layers."""

    def __init__(self, package):
        self.keras3 = package == "keras"

    def call(self, layer):
        """The names of a layer's inputs, and its output's shape."""
        node = (layer._inbound_nodes if self.keras3 else layer.inbound_nodes)[0]
        if self.keras3:
            tensors = node.arguments.keras_tensors
            return [t._keras_history.operation for t in tensors], node.output_tensors[0].shape
        shape = layer.output_shape
        shape = shape[0] if isinstance(shape, list) else shape
        return [t._keras_history.layer for t in node.keras_inputs], shape

    def name(self, layer):
        """tf.keras names x + y "tf.__operators__.add_3" and tf.math.multiply(x, y) "tf.math.multiply_3"."""
        return "input_1" if type(layer).__name__ == "InputLayer" else layer.name.rsplit(".", 1)[-1]

    def line(self, layer):
        inputs, shape = self.call(layer)
        if not hasattr(layer, "weights") or type(layer).__name__ == "TFOpLambda":  # x + y
            name = self.name(layer)
            kind = name.split("_")[0].capitalize()
            return " ".join([name, kind, shape_text(shape), "0", ",".join(map(self.name, inputs)), "", ""])
        config = layer.get_config()
        options = [f"{key}={text_of(config[key])}" for key in OPTIONS if key in config]
        weights = ["x".join(map(str, weight.shape)) for weight in layer.weights]
        fields = [self.name(layer), type(layer).__name__, shape_text(shape), str(layer.count_params())]
        return " ".join([*fields, ",".join(map(self.name, inputs)), ",".join(weights), ";".join(options)])


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def build(applications, name, options):
    arguments = dict(options)
    if "input_shape" in arguments:
        arguments["input_shape"] = tuple(arguments["input_shape"])
    if name.startswith("MobileNetV3"):
        if "dropout" in arguments:
            arguments["dropout_rate"] = arguments.pop("dropout")
        arguments.setdefault("input_shape", (224, 224, 3))  # Keras's own takes any size
    return getattr(applications, name)(weights=None, **arguments)


def case(package, name, options):
    model = build(package.applications, name, options)
    rows = Rows(package.__name__)
    lines = [rows.line(layer) for layer in (model.operations if rows.keras3 else model.layers)]
    return model, lines


def weightless(package):
    """Weights are not drawn: only their shapes are looked at."""
    import numpy as np

    for name in ("GlorotUniform", "VarianceScaling", "RandomNormal", "TruncatedNormal"):
        kind = getattr(package.initializers, name)
        if package.__name__ == "keras":
            kind.__call__ = lambda self, shape, dtype=None: np.zeros(shape, "float32")
        else:
            kind.__call__ = lambda self, shape, dtype=None, **_: np.zeros(shape, "float32")


def main():
    package = importlib.import_module(sys.argv[1])
    weightless(package)
    clear = package.utils.clear_session if package.__name__ == "keras" else package.backend.clear_session
    if sys.argv[2:3] == ["--rows"]:
        options = json.loads(sys.argv[4]) if len(sys.argv) > 4 else {}
        print("\n".join(case(package, sys.argv[3], options)[1]))
        return
    names = [n for n in dir(package.applications) if n[0].isupper() and callable(getattr(package.applications, n))]
    if package.__name__ == "tf_keras":
        names = [n for n in names if n.startswith(ONLY_TF_KERAS)]
    path = pathlib.Path(__file__).parent / ("families.json" if package.__name__ == "keras" else "families_tf_keras.json")
    wanted = sys.argv[2:] or names
    kept = json.loads(path.read_text()) if sys.argv[2:] and path.exists() else []
    cases = [case for case in kept if case["application"] not in wanted]
    for name in wanted:
        for options in [{}, *VARIANTS[package.__name__].get(name, [])]:
            clear()
            model, lines = case(package, name, options)
            trainable = sum(int(weight.shape.num_elements()) if hasattr(weight.shape, "num_elements") else weight.value.size for weight in model.trainable_weights)
            cases.append(
                {
                    "application": name,
                    "options": options,
                    "model": model.name,
                    "total": int(model.count_params()),
                    "trainable": trainable,
                    "hash": f"{fnv1a(chr(10).join(lines)):016x}",
                    "lines": "".join(f"{fnv1a(line) % 65536:04x}" for line in lines),
                }
            )
            del model
    cases.sort(key=lambda case: names.index(case["application"]))
    text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
