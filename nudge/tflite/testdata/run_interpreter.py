"""Runs N.tflite on the values of N.in, for every N of a folder, on TFLite's own interpreter with its reference
kernels, and writes the outputs as N.out: raw tensors, one after the other."""
import pathlib
import sys

import numpy as np
from ai_edge_litert import interpreter as tfl


def run(model):
    runner = tfl.Interpreter(
        str(model), experimental_op_resolver_type=tfl.OpResolverType.BUILTIN_REF
    )
    runner.allocate_tensors()
    values, at = model.with_suffix(".in").read_bytes(), 0
    for given in runner.get_input_details():
        count = int(np.prod(given["shape"]))
        tensor = np.frombuffer(values, given["dtype"], count, at).reshape(given["shape"])
        runner.set_tensor(given["index"], tensor)
        at += tensor.nbytes
    runner.invoke()
    made = [runner.get_tensor(details["index"]) for details in runner.get_output_details()]
    model.with_suffix(".out").write_bytes(b"".join(tensor.tobytes() for tensor in made))


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.tflite")):
    run(path)
