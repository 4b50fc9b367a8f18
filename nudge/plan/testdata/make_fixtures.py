"""Writes layers.json: what Keras 3 computes for each layer, forwards and backwards.

    KERAS_BACKEND=jax python make_fixtures.py
"""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

IMAGE = (2, 5, 7, 3)

# A name, a layer, and the shapes of its inputs.
CASES = [
    ("conv_valid", layers.Conv2D(4, 3), [IMAGE]),
    ("conv_same_relu", layers.Conv2D(4, 3, padding="same", activation="relu"), [IMAGE]),
    ("conv_same_stride_2_even", layers.Conv2D(4, 3, strides=2, padding="same"), [(1, 6, 8, 3)]),
    ("conv_same_stride_odd", layers.Conv2D(3, (2, 4), strides=(2, 3), padding="same", use_bias=False), [IMAGE]),
    ("conv_dilated", layers.Conv2D(4, 3, dilation_rate=2, padding="same"), [IMAGE]),
    ("conv_groups", layers.Conv2D(4, 3, groups=2, activation="sigmoid"), [(1, 5, 5, 4)]),
    ("conv_pointwise", layers.Conv2D(5, 1, activation="tanh"), [IMAGE]),
    ("depthwise_same", layers.DepthwiseConv2D(3, padding="same", activation="relu6"), [IMAGE]),
    ("depthwise_stride_2", layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False), [(1, 6, 8, 3)]),
    ("depthwise_multiplier", layers.DepthwiseConv2D((3, 2), depth_multiplier=2), [IMAGE]),
    ("depthwise_dilated", layers.DepthwiseConv2D(3, dilation_rate=2, padding="same"), [IMAGE]),
    ("dense_softmax", layers.Dense(5, activation="softmax"), [(4, 6)]),
    ("dense_rank_4", layers.Dense(4, use_bias=False), [(2, 3, 2, 5)]),
    ("batch_norm", layers.BatchNormalization(), [IMAGE]),
    ("batch_norm_momentum", layers.BatchNormalization(momentum=0.6, epsilon=1e-2), [(6, 4)]),
    ("batch_norm_no_scale", layers.BatchNormalization(scale=False, momentum=0.9), [IMAGE]),
    ("batch_norm_no_center", layers.BatchNormalization(center=False, momentum=0.9), [(2, 3, 4)]),
    ("batch_norm_frozen", layers.BatchNormalization(trainable=False), [IMAGE]),
    ("relu", layers.ReLU(), [IMAGE]),
    ("relu_6", layers.ReLU(max_value=6.0), [IMAGE]),
    ("relu_knobs", layers.ReLU(max_value=1.5, negative_slope=0.2, threshold=0.4), [IMAGE]),
    ("leaky_relu", layers.LeakyReLU(negative_slope=0.1), [IMAGE]),
    *[("activation_" + f, layers.Activation(f), [(3, 7)])
      for f in ("linear", "relu", "relu6", "sigmoid", "tanh", "softmax")],
    ("softmax_axis", layers.Softmax(axis=1), [(2, 4, 3)]),
    ("max_pooling", layers.MaxPooling2D(2), [IMAGE]),
    ("max_pooling_same", layers.MaxPooling2D(3, strides=2, padding="same"), [IMAGE]),
    ("average_pooling", layers.AveragePooling2D((2, 3)), [IMAGE]),
    ("average_pooling_same", layers.AveragePooling2D(3, strides=2, padding="same"), [IMAGE]),
    ("average_pooling_same_even", layers.AveragePooling2D(2, strides=1, padding="same"), [(1, 4, 3, 2)]),
    ("global_average_pooling", layers.GlobalAveragePooling2D(), [IMAGE]),
    ("global_average_pooling_keepdims", layers.GlobalAveragePooling2D(keepdims=True), [IMAGE]),
    ("global_max_pooling", layers.GlobalMaxPooling2D(), [IMAGE]),
    ("zero_padding", layers.ZeroPadding2D(((0, 1), (2, 1))), [IMAGE]),
    ("flatten", layers.Flatten(), [IMAGE]),
    ("reshape", layers.Reshape((7, -1)), [IMAGE]),
    ("add", layers.Add(), [IMAGE, IMAGE, IMAGE]),
    ("add_broadcast", layers.Add(), [(2, 3, 2, 4), (2, 1, 1, 4)]),
    ("multiply_broadcast", layers.Multiply(), [(2, 3, 2, 4), (2, 1, 1, 4)]),
    ("maximum", layers.Maximum(), [(2, 3, 4), (2, 3, 4)]),
    ("concatenate", layers.Concatenate(), [(2, 3, 2, 4), (2, 3, 2, 1), (2, 3, 2, 2)]),
    ("concatenate_rows", layers.Concatenate(axis=1), [(2, 3, 2, 4), (2, 1, 2, 4)]),
    ("up_sampling_nearest", layers.UpSampling2D((2, 3)), [(1, 3, 2, 2)]),
    ("up_sampling_bilinear", layers.UpSampling2D(2, interpolation="bilinear"), [(1, 3, 4, 2)]),
    ("rescaling", layers.Rescaling(1 / 127.5, offset=-1.0), [(2, 6)]),
    ("conv_valid_stride", layers.Conv2D(4, 3, strides=2), [IMAGE]),
    ("conv_valid_stride_rect", layers.Conv2D(4, (3, 2), strides=(1, 2), activation="relu6"), [IMAGE]),
    ("conv_pointwise_stride", layers.Conv2D(4, 1, strides=2, use_bias=False), [IMAGE]),
    ("conv_dilated_valid_rect", layers.Conv2D(4, (3, 2), dilation_rate=(1, 3)), [(1, 6, 9, 3)]),
    ("conv_groups_same_stride", layers.Conv2D(6, 3, groups=2, strides=2, padding="same"), [(1, 5, 6, 4)]),
    ("conv_softmax", layers.Conv2D(4, 2, activation="softmax"), [IMAGE]),
    ("depthwise_valid_stride_2", layers.DepthwiseConv2D(3, strides=2), [(2, 7, 8, 3)]),
    ("depthwise_multiplier_same_stride", layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=3, activation="relu"), [IMAGE]),
    ("depthwise_multiplier_dilated", layers.DepthwiseConv2D(2, dilation_rate=2, depth_multiplier=2), [IMAGE]),
    ("depthwise_kernel_5", layers.DepthwiseConv2D(5, padding="same"), [IMAGE]),
    ("dense_relu", layers.Dense(5, activation="relu"), [(4, 6)]),
    ("dense_sigmoid_rank3", layers.Dense(5, activation="sigmoid"), [(2, 3, 6)]),
    ("bn_plain", layers.BatchNormalization(scale=False, center=False), [IMAGE]),
    ("bn_rank2_frozen", layers.BatchNormalization(trainable=False), [(5, 4)]),
    ("relu_slope", layers.ReLU(negative_slope=0.3), [IMAGE]),
    ("relu_max_slope", layers.ReLU(max_value=2.0, negative_slope=0.3), [IMAGE]),
    ("relu_threshold", layers.ReLU(threshold=0.7), [IMAGE]),
    ("softmax_default_rank4", layers.Softmax(), [IMAGE]),
    ("activation_softmax_rank4", layers.Activation("softmax"), [IMAGE]),
    ("maxpool_stride1_same", layers.MaxPooling2D(3, strides=1, padding="same"), [IMAGE]),
    ("maxpool_overlap_valid", layers.MaxPooling2D((3, 2), strides=(2, 1)), [IMAGE]),
    ("maxpool_same_gap", layers.MaxPooling2D(2, strides=3, padding="same"), [IMAGE]),
    ("avgpool_overlap_valid", layers.AveragePooling2D(3, strides=(1, 2)), [IMAGE]),
    ("avgpool_same_gap", layers.AveragePooling2D(2, strides=3, padding="same"), [IMAGE]),
    ("gmp_keepdims", layers.GlobalMaxPooling2D(keepdims=True), [IMAGE]),
    ("pad_int", layers.ZeroPadding2D(2), [IMAGE]),
    ("pad_pair", layers.ZeroPadding2D((1, 2)), [IMAGE]),
    ("reshape_wild", layers.Reshape((3, 5, -1)), [IMAGE]),
    ("concat_width", layers.Concatenate(axis=2), [(2, 3, 2, 4), (2, 3, 5, 4)]),
    ("concat_rank2", layers.Concatenate(), [(2, 3), (2, 4), (2, 1)]),
    ("add_two", layers.Add(), [(3, 4), (3, 4)]),
]


def tensor(array):
    array = np.asarray(array, dtype=np.float32)
    return {"shape": list(array.shape), "values": [float("%.7g" % v) for v in array.ravel()]}


def draw(random, shape, scale=1.0):
    """Distinct values with three decimals, so that no maximum is a tie."""
    return np.round(random.normal(0, scale, shape), 3).astype(np.float32) + np.float32(0.0005)


def run(name, layer, shapes, random):
    inputs = [draw(random, shape, 2.0) for shape in shapes]
    argument = inputs[0] if len(inputs) == 1 else inputs
    layer(argument)
    for weight in layer.weights:
        value = draw(random, weight.shape, 0.5)
        weight.assign(np.abs(value) + 0.3 if "variance" in weight.path else value)
    trainable = [w.value for w in layer.trainable_weights]
    state = [w.value for w in layer.non_trainable_weights]
    all_weights = [np.asarray(w) for w in layer.weights]

    def call(weights, x, training):
        x = x[0] if len(x) == 1 else list(x)
        options = {"training": training} if isinstance(layer, layers.BatchNormalization) else {}
        return layer.stateless_call(weights, state, x, **options)

    output, _ = call(trainable, inputs, False)
    trained, moved = call(trainable, inputs, True)
    gradient = draw(random, output.shape)

    def loss(weights, x):
        return jnp.sum(call(weights, x, True)[0] * gradient)

    weight_gradients, input_gradients = jax.grad(loss, argnums=(0, 1))(trainable, [jnp.asarray(x) for x in inputs])
    config = {k: v for k, v in layer.get_config().items() if not isinstance(v, dict) and "initializer" not in k}
    return {
        "name": name,
        "class_name": type(layer).__name__,
        "config": config,
        "inputs": [tensor(x) for x in inputs],
        "weights": [tensor(w) for w in all_weights],
        "output": tensor(output),
        "training_output": tensor(trained),
        "state": [tensor(s) for s in moved],
        "output_gradient": tensor(gradient),
        "input_gradients": [tensor(g) for g in input_gradients],
        "weight_gradients": [tensor(g) for g in weight_gradients],
    }


def main():
    random = np.random.default_rng(7)
    cases = [run(*case, random) for case in CASES]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
