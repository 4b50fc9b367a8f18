"""The article's run with nudge, from the command line."""
import csv
import json
import os
import subprocess
import time

RUNTIMES = ("litert", "litert-reference", "reference")


class Story:
    def __init__(self, nudge, data, weights, seed, folder, epochs):
        self.nudge, self.data, self.weights = nudge, data, weights
        self.seed, self.folder = seed, folder
        self.float_epochs, self.qat_epochs = epochs

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *arguments):
        command = [self.nudge, *map(str, arguments), "--seed", str(self.seed), "--json", "-", "--quiet"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def train(self, model, begin, end, rate, output, *more):
        return self.run(
            "train", "--model", model, "--data", self.data, "--optimizer", "adam", "--learning-rate", rate,
            "--initial-epoch", begin, "--epochs", end, "-o", self.path(output), *more,
        )  # fmt: skip

    def evaluate(self, name, *more):
        return self.run("evaluate", self.path(name), "--data", self.data, *more)

    def scores(self, name, runtime):
        """Accuracy, and every score of every test photo as it is printed."""
        table = self.path(f"{name}.{runtime}.csv")
        accuracy = self.evaluate(name, "--runtime", runtime, "--predictions", table)["accuracy"]
        with open(table, newline="") as file:
            return accuracy, list(csv.reader(file))

    def file_rows(self, name):
        """Accuracy on LiteRT, and on how many photos the runtimes give other scores than LiteRT's default."""
        accuracy, rows = self.scores(name, RUNTIMES[0])
        differing = sum(
            len({tuple(row) for row in together}) > 1
            for together in zip(rows, *(self.scores(name, runtime)[1] for runtime in RUNTIMES[1:]))
        )
        return {"accuracy": accuracy, "photos_that_differ": differing}

    def quantization(self, scheme):
        quantized, trained, file = f"{scheme}.keras", f"{scheme}.qat.keras", f"{scheme}.qat.tflite"
        self.run("quantize", self.path("float.keras"), "--scheme", scheme, "--calibrate", self.data,
                 "-o", self.path(quantized))  # fmt: skip
        last = self.float_epochs + self.qat_epochs
        ranges = self.train(self.path(quantized), self.float_epochs, last, 1e-5, trained)["ranges"]
        started = time.time()
        self.run("convert", self.path(trained), "-o", self.path(file))
        seconds = time.time() - started
        return {**self.file_rows(file), "ranges": ranges, "convert_seconds": seconds}

    def tell(self):
        history = self.train(
            "mobilenet_v2", 0, self.float_epochs, 1e-4, "float.keras",
            "--alpha", 0.35, "--image-size", 224, "--weights", self.weights,
        )["history"]  # fmt: skip
        result = {
            "float_validation": history["val_accuracy"][-1],
            "float_test": self.evaluate("float.keras")["accuracy"],
        }
        self.run("convert", self.path("float.keras"), "--representative", self.data, "-o", self.path("ptq.tflite"))
        result["ptq"] = self.file_rows("ptq.tflite")
        for scheme in ("nudge", "tfmot"):
            result[scheme] = self.quantization(scheme)
        return result
