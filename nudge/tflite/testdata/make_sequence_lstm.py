"""Writes sequence_lstm.json: what LiteRT's reference kernels compute of a file with an LSTM.

Python's interpreter keeps states between operators, which LiteRT's C interface does not.
Usage: python make_sequence_lstm.py keras_lstm_mnist_ptq.tflite
"""

import json
import pathlib
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def main(path):
    interpreter = Interpreter(
        path,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]
    count = int(np.prod(entry["shape"]))
    codes = (np.arange(count) * 37 % 251).astype(np.uint8)
    interpreter.set_tensor(entry["index"], codes.reshape(entry["shape"]))
    interpreter.invoke()
    outputs = {
        str(index): interpreter.get_tensor(index).ravel().tolist()
        for operator in interpreter._get_ops_details()
        for index in operator["outputs"]
    }
    target = pathlib.Path(__file__).with_name("sequence_lstm.json")
    target.write_text(json.dumps({"input": codes.tolist(), "outputs": outputs}) + "\n")


main(sys.argv[1])
