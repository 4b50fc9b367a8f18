"""The article's run, with Keras and TFMOT and with nudge: ImageNet weights, photos, float, QAT, `.tflite`."""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from nudge_story import Story


def keras_story(python, options, seed):
    command = [
        python, str(Path(__file__).with_name("keras_story.py")), "--data", options.data, "--weights",
        options.weights, "--seed", str(seed), "--float-epochs", str(options.float_epochs), "--qat-epochs",
        str(options.qat_epochs),
    ]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def mean(stories, *keys):
    values = []
    for story in stories:
        for key in keys:
            story = story[key]
        values.append(story)
    return statistics.mean(values)


def cell(value):
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def table(keras, nudge):
    k = (lambda *keys: mean(keras, *keys)) if keras else (lambda *keys: None)
    settled = [story["tfmot"]["ranges"] for story in nudge]
    rows = [
        ("", "Keras + TFMOT", "nudge"),
        ("float, validation photos", k("float_validation"), mean(nudge, "float_validation")),
        ("float, test photos", k("float_test"), mean(nudge, "float_test")),
        ("QAT, as training reports it", k("qat_keras_test"), None),
        ("QAT `.tflite` on LiteRT", k("qat_tflite_test"), mean(nudge, "nudge", "accuracy")),
        ("PTQ `.tflite` on LiteRT", None, mean(nudge, "ptq", "accuracy")),
        ("QAT `.tflite`, `--scheme tfmot`", None, mean(nudge, "tfmot", "accuracy")),
        ("ranges settled, `--scheme tfmot`", None,
         ", ".join(f"{r['converged']} of {r['total']}" for r in settled)),
        ("photos on which the runtimes part, QAT", None, mean(nudge, "nudge", "photos_that_differ")),
        ("photos on which the runtimes part, PTQ", None, mean(nudge, "ptq", "photos_that_differ")),
        ("conversion, seconds", k("convert_seconds"), mean(nudge, "nudge", "convert_seconds")),
    ]  # fmt: skip
    lines = [f"| {' | '.join(cell(c) for c in row)} |" for row in rows]
    return "\n".join([lines[0], "|---|---|---|", *lines[1:]])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nudge", required=True)
    parser.add_argument("--data", required=True, help="a folder with train, validation and test")
    parser.add_argument("--weights", required=True, help="MobileNetV2 0.35 at 224 without top, Keras's file")
    parser.add_argument("--keras-python", help="a Python with tf_keras and TFMOT; without one that column is empty")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--float-epochs", type=int, default=3)
    parser.add_argument("--qat-epochs", type=int, default=2)
    parser.add_argument("--json", help="where the figures of every seed go")
    options = parser.parse_args()

    keras, nudge = [], []
    for seed in range(options.seeds):
        print(f"bench-story: seed {seed}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            epochs = (options.float_epochs, options.qat_epochs)
            nudge.append(Story(options.nudge, options.data, options.weights, seed, folder, epochs).tell())
        if options.keras_python:
            keras.append(keras_story(options.keras_python, options, seed))
    if options.json:
        Path(options.json).write_text(json.dumps({"keras": keras, "nudge": nudge}, indent=2))
    print(table(keras, nudge))


if __name__ == "__main__":
    main()
