"""Writes tf_records.json: TFRecord files of tf.Example as TensorFlow writes them.

make_tf_records.py           (needs tensorflow and numpy)
make_tf_records.py FILE...   prints what tf.data reads from such files: a line of labels and mean pixels each

Each entry: the file in hexadecimal, and of each record the encoded picture, its pixels and its class.
"""

import json
import pathlib
import sys

import numpy as np
import tensorflow as tf

HEIGHT, WIDTH = 5, 7
RANDOM = np.random.default_rng(14)


def feature(value):
    if isinstance(value, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    if isinstance(value, float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
    values = value if isinstance(value, list) else [value]
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def example(**features):
    named = {name.replace("__", "/"): feature(value) for name, value in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=named)).SerializeToString(deterministic=True)


def picture():
    pixels = RANDOM.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    return pixels, tf.io.encode_png(pixels).numpy()


def entry(name, classes, make):
    path = f"/tmp/{name}.tfrecord"
    records = []
    with tf.io.TFRecordWriter(path) as writer:
        for label in classes:
            pixels, png = picture()
            writer.write(make(png, label))
            records.append({"png": png.hex(), "rgb": pixels.tobytes().hex(), "class": label})
    content = pathlib.Path(path).read_bytes().hex()
    return {"name": name, "height": HEIGHT, "width": WIDTH, "records": records, "file": content}


def entries():
    yield entry("tfds", [0, 2, 1, 2], lambda png, label: example(image=png, label=label))
    yield entry(
        "slim",
        ["tulips", "daisy", "roses", "daisy"],
        lambda png, label: example(
            image__encoded=png,
            image__class__text=label.encode(),
            image__height=HEIGHT,
            image__bbox=[1, 2, 300, 4],
            image__quality=0.5,
            zoom=7,
        ),
    )


def show(path):
    names = {"image": tf.io.FixedLenFeature([], tf.string), "label": tf.io.FixedLenFeature([], tf.int64)}
    for record in tf.data.TFRecordDataset(path):
        parsed = tf.io.parse_single_example(record, names)
        pixels = tf.io.decode_image(parsed["image"], channels=3)
        print(int(parsed["label"]), float(tf.reduce_mean(tf.cast(pixels, tf.float32))))


def main():
    if len(sys.argv) > 1:
        for path in sys.argv[1:]:
            show(path)
        return
    lines = ",\n".join(json.dumps(entry) for entry in entries())
    pathlib.Path(__file__).with_name("tf_records.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
