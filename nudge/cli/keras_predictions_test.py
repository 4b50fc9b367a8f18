"""The Keras side of keras_predictions_test.cc.

keras_predictions_test.py make FOLDER FIRST COUNT    saves a model for each of COUNT seeds as FOLDER/SEED.keras and
                                                     SEED.h5, and what it predicts as SEED.values.h5
keras_predictions_test.py check FOLDER               loads FOLDER/written/NAME.keras and .h5, which nudge wrote, and
                                                     compares predictions with those of NAME.values.h5
"""

import logging
import os
import pathlib
import random
import sys

# Nothing is compiled, which takes longer than all the rest.
os.environ["KERAS_BACKEND"] = "numpy"

import h5py
import keras
import numpy as np
from keras import layers
from keras.src.applications.convnext import LayerScale
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

ACTIVATIONS = ["linear", "relu", "relu6", "sigmoid", "tanh", "softmax"]


class Generator:
    """A model of random layers with random options, calls and names."""

    def __init__(self, seed):
        self.choose = random.Random(seed)
        self.seed = seed

    def maybe(self, chance):
        return self.choose.random() < chance

    def options(self, **own):
        """Those that every layer takes."""
        if self.maybe(0.15):
            own["trainable"] = False
        if self.maybe(0.3):
            own["name"] = f"layer_{self.choose.randrange(10**9)}"
        return own

    def window(self, largest):
        return (self.choose.randint(1, largest), self.choose.randint(1, largest))

    def convolution(self, shape):
        size = self.window(min(3, shape[1], shape[2]))
        own = {"padding": self.choose.choice(["same", "valid"]), "use_bias": self.maybe(0.7)}
        own["activation"] = self.choose.choice(ACTIVATIONS)
        step = self.choose.choice(["plain", "plain", "strides", "dilation"])
        if step == "strides":
            own["strides"] = (2, 2)
        elif step == "dilation" and own["padding"] == "same":
            own["dilation_rate"] = (2, 2)
        if self.maybe(0.4):
            own["depth_multiplier"] = self.choose.randint(1, 2)
            return layers.DepthwiseConv2D(size, **self.options(**own))
        groups = self.choose.choice([g for g in (1, 1, 1, 2, 3) if shape[3] % g == 0])
        return layers.Conv2D(groups * self.choose.randint(1, 4), size, groups=groups, **self.options(**own))

    def pooling(self, shape):
        kind = self.choose.choice([layers.MaxPooling2D, layers.AveragePooling2D])
        strides = self.choose.choice([None, 1, 2])
        padding = self.choose.choice(["same", "valid"])
        return kind(self.window(min(3, shape[1], shape[2])), strides, padding=padding, **self.options())

    def pointwise(self):
        """A layer that keeps any shape."""
        choose = self.choose
        return choose.choice(
            [
                lambda: layers.ReLU(**self.options()),
                lambda: layers.ReLU(6.0, **self.options()),
                lambda: layers.ReLU(choose.choice([None, 1.5]), 0.1, 0.25, **self.options()),
                lambda: layers.LeakyReLU(0.2, **self.options()),
                lambda: layers.Activation(choose.choice(ACTIVATIONS), **self.options()),
                lambda: layers.Softmax(**self.options()),
                lambda: layers.Dropout(0.3, **self.options()),
                lambda: layers.Rescaling(choose.uniform(0.5, 2), choose.uniform(-1, 1), **self.options()),
                lambda: layers.BatchNormalization(
                    epsilon=choose.choice([1e-3, 1e-2]),
                    center=self.maybe(0.8),
                    scale=self.maybe(0.8),
                    **self.options(),
                ),
            ]
        )()

    def layer(self, shape):
        """A layer that takes one tensor of this shape."""
        if self.maybe(0.4):
            return self.pointwise()
        if len(shape) == 2:
            if shape[1] % 4 == 0 and self.maybe(0.2):
                return layers.Reshape((2, 2, shape[1] // 4), **self.options())
            activation = self.choose.choice(ACTIVATIONS)
            return layers.Dense(self.choose.randint(2, 8), activation, use_bias=self.maybe(0.8), **self.options())
        if shape[1] * shape[2] > 150:
            return self.pooling(shape)
        return self.choose.choice(
            [
                lambda: self.convolution(shape),
                lambda: self.convolution(shape),
                lambda: self.pooling(shape),
                lambda: layers.ZeroPadding2D(((1, 0), (0, 2)), **self.options()),
                lambda: layers.UpSampling2D((2, 1), **self.options()),
                lambda: layers.Flatten(**self.options()),
                lambda: layers.GlobalAveragePooling2D(keepdims=self.maybe(0.5), **self.options()),
                lambda: layers.GlobalMaxPooling2D(**self.options()),
            ]
        )()

    def nested(self, shape, depth, outputs=None):
        if self.maybe(0.5):
            return self.stack(shape, self.choose.randint(1, 3), depth + 1)
        return self.graph([shape], self.choose.randint(1, 4), depth + 1, outputs)

    def calls(self, tensors, depth):
        """[(what a call takes, what it gives)]: one or two calls of a layer on some of these tensors."""
        x = self.choose.choice(tensors[-4:])
        alike = [t for t in tensors if t.shape == x.shape and t is not x]
        if alike and self.maybe(0.35):
            taken = [x, *self.choose.sample(alike, min(len(alike), self.choose.randint(1, 2)))]
            kinds = [layers.Add, layers.Multiply, layers.Maximum, layers.Concatenate]
            return [(taken, [self.choose.choice(kinds)(**self.options())(taken)])]
        layer = self.nested(x.shape, depth) if depth < 2 and self.maybe(0.12) else self.layer(x.shape)
        made = []
        for given in [x, self.choose.choice(alike)] if alike and self.maybe(0.5) else [x]:
            result = layer(given)
            made.append(([given], result if isinstance(result, list) else [result]))
        return made

    def graph(self, shapes, steps, depth=0, outputs=None):
        """A functional model; its outputs are what nothing takes, or the last so many."""
        inputs = [keras.Input(shape[1:]) for shape in shapes]
        tensors = [self.layer(x.shape)(x) for x in inputs]
        used = set()
        for _ in range(steps):
            for taken, given in self.calls(tensors, depth):
                used.update(id(t) for t in taken)
                tensors += given
        ends = tensors[-outputs:] if outputs else [t for t in tensors if id(t) not in used]
        self.choose.shuffle(ends)
        return keras.Model(inputs if len(inputs) > 1 else inputs[0], ends if len(ends) > 1 else ends[0])

    def stack(self, shape, steps, depth=0):
        model = keras.Sequential([keras.Input(shape[1:]), self.layer(shape)])
        for _ in range(steps):
            shape = model.output_shape
            model.add(self.nested(shape, depth, 1) if depth < 2 and self.maybe(0.15) else self.layer(shape))
        return model

    def model(self):
        sizes = range(5, 11)
        shapes = [(None, self.choose.choice(sizes), self.choose.choice(sizes), self.choose.choice([1, 2, 3, 4]))]
        if self.seed % 5 == 4:
            return self.stack(shapes[0], self.choose.randint(4, 9))
        if self.seed % 5 == 3:
            shapes.append((None, self.choose.randint(4, 9)) if self.maybe(0.5) else shapes[0])
        return self.graph(shapes, self.choose.randint(6, 14))


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def predict(model, inputs):
    return [np.asarray(y) for y in as_list(model(inputs if len(inputs) > 1 else inputs[0], training=False))]


def draw(model, values):
    """Weights whose exchange would show, and inputs."""
    for weight in model.weights:
        low, high = (0.5, 1.5) if "variance" in weight.path else (-1, 1)
        scale = max(1, int(np.prod(weight.shape[:-1])) ** 0.5) if len(weight.shape) > 1 else 1
        weight.assign(values.uniform(low, high, weight.shape) / scale)
    return [values.uniform(-1, 1, (2, *x.shape[1:])).astype(np.float32) for x in model.inputs]


def tells(outputs):
    """Whether an error in the model would show: every output differs between the two items given."""
    return all(np.abs(y[0] - y[1]).max() > 1e-3 * np.abs(y).max() for y in outputs)


def save(model, inputs, outputs, folder, name):
    model.save(folder / f"{name}.keras")
    model.save(folder / f"{name}.h5")
    with h5py.File(folder / f"{name}.values.h5", "w") as file:
        for kind, arrays in (("inputs", inputs), ("outputs", outputs)):
            for i, array in enumerate(arrays):
                file[f"{kind}/{i}"] = array


def generate(folder, seed):
    generator, values = Generator(seed), np.random.default_rng(seed)
    for _ in range(20):
        keras.utils.clear_session()
        model = generator.model()
        inputs = draw(model, values)
        outputs = predict(model, inputs)
        if tells(outputs):
            return save(model, inputs, outputs, folder, str(seed))
    raise AssertionError(f"seed {seed} makes constant models only")


def channels_first():
    """Models with the channels first, which stay so at their ends."""
    own = {"data_format": "channels_first"}
    image = keras.Input((3, 9, 7))
    x = layers.ReLU()(layers.BatchNormalization(axis=1)(layers.Conv2D(4, 3, padding="same", **own)(image)))
    y = layers.Activation("swish")(layers.DepthwiseConv2D(3, padding="same", **own)(x))
    gate = layers.Reshape((4, 1, 1))(layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D(**own)(y)))
    x = layers.Concatenate(axis=1)([layers.Multiply()([y, gate]), x])
    x = layers.SeparableConv2D(6, 3, strides=2, **own)(layers.ZeroPadding2D(1, **own)(x))
    x = layers.PReLU(shared_axes=[2, 3])(x)
    classes = layers.Dense(3)(layers.Flatten(**own)(layers.MaxPooling2D(2, **own)(x)))
    signal = keras.Input((2, 12))
    stack = keras.Sequential([layers.Input((2, 12)), layers.Conv1D(4, 3, **own), layers.BatchNormalization(axis=1)])
    stack.add(layers.Dropout(0.2))
    stack.add(layers.MaxPooling1D(2, **own))
    yield "channels_first", keras.Model([image, signal], [classes, x, stack(signal)])
    yield "channels_first_stack", keras.Sequential(
        [
            layers.Input((3, 8, 8)),
            layers.Conv2D(4, 3, activation="relu", **own),
            layers.UpSampling2D(2, **own),
            layers.Dense(5),  # over the width, as Keras has it
            layers.Conv2DTranspose(2, 3, **own),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def make(folder, first, count):
    logging.disable(logging.WARNING)  # that .h5 is an old format
    for seed in range(first, first + count):
        generate(folder, seed)
    for name, model in channels_first():
        inputs = draw(model, np.random.default_rng(1))
        save(model, inputs, predict(model, inputs), folder, name)
    for build in (keras.applications.MobileNet, keras.applications.MobileNetV2):
        keras.utils.clear_session()
        model = build((32, 32, 3), alpha=0.35 if build.__name__.endswith("V2") else 0.25, weights=None, classes=5)
        inputs = draw(model, np.random.default_rng(1))
        save(model, inputs, predict(model, inputs), folder, f"keras_{build.__name__}")


def read(file, kind):
    return [file[kind][str(i)][()] for i in range(len(file[kind]))]


def difference(outputs, expected):
    """The largest, relative to the largest value of its output."""
    assert len(outputs) == len(expected), f"{len(outputs)} outputs, expected {len(expected)}"
    return max(float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-6)) for a, b in zip(outputs, expected))


def load(path):
    """Of layers that come with an application an .h5 file says the class only, and Keras has to be told."""
    own = {layer.__name__: layer for layer in (LayerScale, CustomScaleLayer)} if path.suffix == ".h5" else None
    return keras.saving.load_model(path, custom_objects=own)


def check(folder):
    failures = []
    paths = sorted((folder / "written").iterdir())
    assert paths, "nothing was written"
    for path in paths:
        keras.utils.clear_session()
        try:
            with h5py.File(folder / f"{path.stem}.values.h5") as file:
                error = difference(predict(load(path), read(file, "inputs")), read(file, "outputs"))
            if not error <= 1e-4:
                failures.append(f"{path.name}: predictions differ by {error:.3g}")
        except Exception as error:  # noqa: BLE001: every model's is wanted
            failures.append(f"{path.name}: {error!r}")
    print("\n".join(failures) or f"{len(paths)} files agree")
    return len(failures)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[2])
    sys.exit(make(folder, int(sys.argv[3]), int(sys.argv[4])) if sys.argv[1] == "make" else check(folder))
