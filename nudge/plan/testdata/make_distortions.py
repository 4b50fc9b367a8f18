"""Writes distortions.json: what Keras's Random... layers make of an image where their draws are given.

    KERAS_BACKEND=jax python make_distortions.py
"""

import json
import pathlib

import keras
import numpy as np
from keras import layers, ops

SHAPE = (5, 4, 3)
RANDOM = np.random.default_rng(5)
PICTURE = RANDOM.uniform(0, 255, SHAPE).astype("float32")
UNIT = (PICTURE / 255).astype("float32")


def numbers(array):
    return [round(float(x), 5) for x in np.asarray(array, np.float64).reshape(-1)]


def case(name, result, **arguments):
    return {"name": name, "result": numbers(np.asarray(result)[0]), **arguments}


def batch(image):
    return ops.convert_to_tensor(image[None])


def with_factor(layer, image, key, value, shape=(1,)):
    return layer.transform_images(batch(image), {key: ops.full(shape, value)}, training=True)


def warps():
    turn = layers.RandomRotation(0.5)
    rows = [[1, 0, 0.3, 0, 1, -0.7, 0, 0], [0.8, 0.2, -1, -0.3, 1.1, 0.5, 0, 0], [1, 0.4, 0, 0.2, 1, 0, 0, 0]]
    for row in rows:
        for mode in ("constant", "reflect", "wrap", "nearest", "mirror"):
            for interpolation in ("bilinear", "nearest"):
                got = ops.image.affine_transform(
                    batch(PICTURE), np.array([row], "float32"), interpolation=interpolation, fill_mode=mode, fill_value=7.0
                )
                yield case("warp", got, projection=row, fill_mode=mode, interpolation=interpolation)
    for turns in (0.1, -0.3):
        matrix = turn._compute_affine_matrix(
            0.5, 0.5, ops.full((1,), turns * 360), ops.zeros((1,)), ops.zeros((1,)), ops.ones((1,)), ops.zeros((1,)),
            ops.zeros((1,)), SHAPE[0], SHAPE[1],
        )
        yield case("rotation", np.asarray(matrix)[None], turns=turns)
    zoom = layers.RandomZoom(0.5)
    yield case("zoom", np.asarray(zoom._get_zoom_matrix(ops.convert_to_tensor([[0.7, 1.2]]), *SHAPE[:2]))[None],
               height=1.2, width=0.7)
    move = layers.RandomTranslation(0.5, 0.5)
    yield case("translation", np.asarray(move._get_translation_matrix(ops.convert_to_tensor([[0.5, -1.25]])))[None],
               down=-1.25, right=0.5)
    shear = layers.RandomShear(0.5)
    yield case("shear", np.asarray(shear._get_shear_matrix(ops.convert_to_tensor([[0.5, -0.25]])))[None], x=0.5, y=-0.25)
    start = np.array([[[0, 0], [3, 0], [0, 4], [3, 4]]], "float32")
    end = np.array([[[0, 0], [2.5, 0], [0, 3.4], [3.4, 4.2]]], "float32")
    got = ops.image.perspective_transform(batch(PICTURE), start, end, interpolation="bilinear", fill_value=0.0)
    yield case("perspective", got, start=start[0].tolist(), end=end[0].tolist())


def colors():
    full, unit = (0, 255), (0, 1)
    for values, image in ((full, PICTURE), (unit, UNIT)):
        for delta in (-0.3, 0.4):
            added = delta * (values[1] - values[0])
            yield case("brighten", with_factor(layers.RandomBrightness(1.0, value_range=values), image, "rgb_delta", added,
                                               (1, 1, 1, 1)), factor=added, values=values)
        for factor in (0.4, 1.6):
            yield case("change_contrast", with_factor(layers.RandomContrast(1.0, value_range=values), image,
                                                      "contrast_factor", factor, (1, 1, 1, 1)), factor=factor, values=values)
        for factor in (-0.2, 0.15):
            yield case("turn_hue", with_factor(layers.RandomHue(1.0, value_range=values), image, "factor", factor),
                       factor=factor, values=values)
        for factor in (0.3, 0.8):
            yield case("fade_to_gray", with_factor(layers.RandomColorDegeneration(1.0, value_range=values), image, "factor",
                                                   factor, (1, 1, 1, 1)), factor=factor, values=values)
        for factor in (0.1, 0.9):
            yield case("sharpen", with_factor(layers.RandomSharpness(1.0, value_range=values), image, "factor", factor),
                       factor=2 * factor, values=values)
        for bits in (2, 5):
            layer = layers.RandomPosterization((bits, bits), value_range=values)
            got = layer.transform_images(batch(image), {"shift_factor": ops.full((1,), 8 - bits, dtype="uint8")}, training=True)
            yield case("posterize", got, factor=bits, values=values)
        yield case("invert", layers.RandomInvert(1.0, value_range=values).transform_images(
            batch(image), {"apply_inversion": ops.convert_to_tensor([True])}, training=True), factor=1, values=values)
        yield case("solarize", layers.Solarization(value_range=values).transform_images(
            batch(image), {"additions": ops.full((1, 1, 1, 1), 30.0), "thresholds": ops.full((1, 1, 1, 1), 120.0)},
            training=True), factor=30, threshold=120, values=values)
    for factor in (0.5, 1.7):
        yield case("saturate", with_factor(layers.RandomSaturation(1.0, value_range=unit), UNIT, "factor", factor),
                   factor=factor, values=unit)
    yield case("make_gray", layers.RandomGrayscale(1.0).transform_images(batch(PICTURE), np.ones((1, 1, 1, 1), bool),
                                                                         training=True), factor=1, values=full)
    yield case("blur", ops.image.gaussian_blur(batch(PICTURE), kernel_size=(3, 3), sigma=(0.6, 1.1),
                                              data_format="channels_last"), factor=1, values=full,
               across=0.6, down=1.1)


def main():
    fixture = {"shape": SHAPE, "picture": numbers(PICTURE), "cases": [*warps(), *colors()]}
    path = pathlib.Path(__file__).parent / "distortions.json"
    path.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
