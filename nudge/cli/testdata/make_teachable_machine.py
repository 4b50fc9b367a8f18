"""Makes teachable_machine.json: what tf_keras predicts with the two Teachable Machine files of ../shared/data.

Needs tf_keras 2.21 and tensorflow.  Pixel (row, column, channel) of picture i is
(row * rows[i] + column * columns[i] + channel * 29) % 256, scaled to [-1, 1].
"""

import json
import os
import pathlib

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tf_keras as keras

PICTURES = [(1, 1), (2, 0), (0, 3)]
HERE = pathlib.Path(__file__).parent


def main():
    row, column, channel = np.indices((224, 224, 3))
    pixels = [(row * rows + column * columns + channel * 29) % 256 for rows, columns in PICTURES]
    inputs = (np.stack(pixels) / 127.5 - 1).astype(np.float32)
    found = {"pictures": PICTURES}
    for name in ("teachable_machine_2", "teachable_machine_3"):
        path = HERE.parents[3] / "shared" / "data" / "pretrained" / f"{name}.h5"
        model = keras.models.load_model(path, compile=False)
        found[name] = [[float(f"{x:.7g}") for x in scores] for scores in model.predict(inputs, verbose=0).tolist()]
    (HERE / "teachable_machine.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
