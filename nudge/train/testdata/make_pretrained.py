"""What Keras 2 makes of one image with ImageNet's MobileNetV2 (0.35, 224, no top): pretrained.json.

    python make_pretrained.py FILE.h5      (an environment with tf_keras; FILE as keras.applications calls it)
"""
import json
import os
import sys

import numpy as np

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
import tf_keras as keras  # noqa: E402

SIZE = 224

# An image that needs no file: pretrained_data_test.cc draws the same.
index = np.arange(SIZE * SIZE * 3, dtype=np.int64)
image = ((index * 7919 % 255) / 127.5 - 1.0).astype(np.float32).reshape(1, SIZE, SIZE, 3)
model = keras.applications.MobileNetV2(
    input_shape=(SIZE, SIZE, 3), alpha=0.35, include_top=False, pooling="avg", weights=sys.argv[1]
)
features = model.predict(image, verbose=0)[0]
with open(os.path.join(os.path.dirname(__file__), "pretrained.json"), "w") as file:
    json.dump({"features": [float(x) for x in features[:64]]}, file, indent=1)
    file.write("\n")
