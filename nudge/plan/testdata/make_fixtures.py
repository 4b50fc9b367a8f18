"""Writes layers.json: what Keras 3 computes for each layer, forwards and backwards.

    KERAS_BACKEND=jax python make_fixtures.py
"""

import json
import os
import zlib

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

# Each drawn from its name alone, so that a case can come or go without moving the others.
OWN_CASES = [
    *[("activation_" + f, layers.Activation(f), [(3, 7)])
      for f in ("celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu",
                "log_sigmoid", "log_softmax", "mish", "selu", "silu", "soft_shrink", "softplus", "softsign", "sparse_plus",
                "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink")],
    ("conv_silu", layers.Conv2D(4, 2, activation="silu"), [(1, 4, 4, 3)]),
    ("elu_alpha", layers.ELU(alpha=0.7), [(3, 7)]),
    ("prelu", layers.PReLU(), [(2, 3, 4)]),
    ("prelu_shared", layers.PReLU(shared_axes=[1, 2]), [(2, 3, 2, 4)]),
    ("average", layers.Average(), [(2, 3, 4), (2, 3, 4), (2, 3, 4)]),
    ("minimum", layers.Minimum(), [(2, 3, 4), (2, 3, 4)]),
    ("subtract_broadcast", layers.Subtract(), [(2, 3, 4), (2, 1, 4)]),
    ("dot_vectors", layers.Dot(axes=1), [(3, 5), (3, 5)]),
    ("dot_matrices", layers.Dot(axes=(2, 1)), [(2, 3, 4), (2, 4, 5)]),
    ("dot_normalized", layers.Dot(axes=-1, normalize=True), [(2, 3, 4), (2, 5, 4)]),
    ("permute", layers.Permute((3, 1, 2)), [(2, 3, 2, 4)]),
    ("repeat_vector", layers.RepeatVector(3), [(2, 4)]),
    ("identity", layers.Identity(), [(2, 4)]),
    ("masking", layers.Masking(0.5), [(2, 3, 4)]),
    ("layer_norm", layers.LayerNormalization(), [(2, 3, 5)]),
    ("layer_norm_axes", layers.LayerNormalization(axis=[1, 2], epsilon=0.1), [(2, 3, 5)]),
    ("layer_norm_plain", layers.LayerNormalization(center=False, scale=False), [(2, 3, 5)]),
    ("group_norm", layers.GroupNormalization(groups=2), [(2, 3, 2, 4)]),
    ("instance_norm", layers.GroupNormalization(groups=-1), [(2, 3, 2, 4)]),
    ("rms_norm", layers.RMSNormalization(), [(2, 3, 5)]),
    ("unit_norm", layers.UnitNormalization(), [(2, 3, 5)]),
    ("unit_norm_axis", layers.UnitNormalization(axis=1), [(2, 3, 5)]),
    ("normalization", layers.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.04, 0.05, 0.06]), [(2, 3, 3)]),
    ("rescaling_channels", layers.Rescaling([1.0, 2.0, 3.0], offset=[0.1, 0.2, 0.3]), [(2, 4, 3)]),
    ("conv1d", layers.Conv1D(4, 3, activation="relu"), [(2, 7, 3)]),
    ("conv1d_same_stride", layers.Conv1D(4, 3, strides=2, padding="same", use_bias=False), [(2, 7, 3)]),
    ("conv1d_causal", layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="tanh"), [(2, 7, 3)]),
    ("conv1d_groups", layers.Conv1D(4, 2, groups=2), [(2, 5, 4)]),
    ("depthwise_conv1d", layers.DepthwiseConv1D(3, depth_multiplier=2, strides=2), [(2, 7, 3)]),
    ("separable_conv1d", layers.SeparableConv1D(4, 3, depth_multiplier=2, activation="relu"), [(2, 7, 3)]),
    ("conv1d_transpose", layers.Conv1DTranspose(4, 3, strides=2, padding="same"), [(2, 5, 3)]),
    ("conv2d_transpose", layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu"), [(1, 3, 4, 2)]),
    ("conv2d_transpose_valid", layers.Conv2DTranspose(3, (2, 3), strides=(2, 1)), [(1, 3, 4, 2)]),
    ("conv2d_transpose_gap", layers.Conv2DTranspose(3, 2, strides=3, use_bias=False), [(1, 3, 4, 2)]),
    ("conv2d_transpose_same_gap", layers.Conv2DTranspose(3, 2, strides=3, padding="same"), [(1, 3, 4, 2)]),
    ("conv3d", layers.Conv3D(2, 2), [(1, 3, 4, 3, 2)]),
    ("conv3d_same_stride", layers.Conv3D(2, (2, 3, 2), strides=(2, 1, 2), padding="same"), [(1, 3, 4, 3, 2)]),
    ("conv3d_transpose", layers.Conv3DTranspose(2, 3, strides=2, padding="same"), [(1, 2, 3, 2, 2)]),
    ("conv3d_transpose_valid", layers.Conv3DTranspose(2, 2), [(1, 2, 3, 2, 2)]),
    ("max_pooling1d", layers.MaxPooling1D(3, strides=2), [(2, 7, 3)]),
    ("average_pooling1d_same", layers.AveragePooling1D(3, strides=2, padding="same"), [(2, 6, 3)]),
    ("max_pooling3d", layers.MaxPooling3D((2, 2, 1)), [(1, 4, 5, 3, 2)]),
    ("average_pooling3d_same", layers.AveragePooling3D(2, strides=2, padding="same"), [(1, 3, 4, 3, 2)]),
    ("global_average_pooling1d", layers.GlobalAveragePooling1D(), [(2, 5, 3)]),
    ("global_max_pooling1d_keepdims", layers.GlobalMaxPooling1D(keepdims=True), [(2, 5, 3)]),
    ("global_average_pooling3d", layers.GlobalAveragePooling3D(), [(1, 2, 3, 2, 3)]),
    ("global_max_pooling3d", layers.GlobalMaxPooling3D(), [(1, 2, 3, 2, 3)]),
    ("adaptive_average_pooling2d", layers.AdaptiveAveragePooling2D((2, 3)), [(1, 5, 6, 2)]),
    ("adaptive_max_pooling1d", layers.AdaptiveMaxPooling1D(3), [(2, 7, 2)]),
    ("cropping1d", layers.Cropping1D((1, 2)), [(2, 6, 3)]),
    ("cropping2d", layers.Cropping2D(((1, 0), (2, 1))), [(1, 4, 5, 2)]),
    ("cropping3d", layers.Cropping3D(1), [(1, 3, 4, 3, 2)]),
    ("zero_padding1d", layers.ZeroPadding1D((1, 2)), [(2, 4, 3)]),
    ("zero_padding3d", layers.ZeroPadding3D(((1, 0), (0, 2), (1, 1))), [(1, 2, 3, 2, 2)]),
    ("up_sampling1d", layers.UpSampling1D(3), [(2, 4, 3)]),
    ("up_sampling3d", layers.UpSampling3D((2, 1, 3)), [(1, 2, 3, 2, 2)]),
    ("resizing_bilinear", layers.Resizing(3, 5), [(1, 4, 7, 2)]),
    ("resizing_nearest", layers.Resizing(6, 3, interpolation="nearest"), [(1, 4, 7, 2)]),
    ("center_crop", layers.CenterCrop(2, 3), [(1, 5, 6, 2)]),
    ("einsum_dense", layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d"), [(2, 3, 5)]),
    ("einsum_dense_heads", layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), [(2, 3, 5)]),
    ("einsum_dense_join", layers.EinsumDense("abde,dec->abc", (None, 4), activation="relu"), [(2, 3, 2, 5)]),
    ("einsum_dense_middle", layers.EinsumDense("abc,bd->adc", (4, None)), [(2, 3, 5)]),
    ("einsum_dense_ellipsis", layers.EinsumDense("...x,xy->...y", 4, bias_axes="y"), [(2, 3, 5)]),
    ("attention", layers.Attention(use_scale=True), [(2, 3, 4), (2, 5, 4)]),
    ("attention_key", layers.Attention(), [(2, 3, 4), (2, 5, 6), (2, 5, 4)]),
    ("additive_attention", layers.AdditiveAttention(), [(2, 3, 4), (2, 5, 4)]),
    ("multi_head_attention", layers.MultiHeadAttention(2, 3), [(2, 3, 5), (2, 4, 6)]),
    ("group_query_attention", layers.GroupQueryAttention(3, 4, 2), [(2, 3, 5), (2, 4, 5)]),
    ("simple_rnn", layers.SimpleRNN(3, return_sequences=True), [(2, 4, 3)]),
    ("gru", layers.GRU(3), [(2, 4, 3)]),
    ("gru_reset_before", layers.GRU(3, reset_after=False, go_backwards=True), [(2, 4, 3)]),
    ("lstm", layers.LSTM(3), [(2, 4, 3)]),
    ("lstm_sequences", layers.LSTM(3, return_sequences=True, go_backwards=True, recurrent_activation="hard_sigmoid"), [(2, 4, 3)]),
    ("bidirectional", layers.Bidirectional(layers.LSTM(3)), [(2, 4, 3)]),
    ("conv_lstm2d", layers.ConvLSTM2D(2, 3, padding="same", return_sequences=True), [(2, 3, 5, 4, 2)]),
    ("conv_lstm2d_strided", layers.ConvLSTM2D(2, (3, 2), strides=2, go_backwards=True, use_bias=False), [(2, 2, 7, 6, 3)]),
    ("bidirectional_sequences", layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode="ave"), [(2, 4, 3)]),
    ("time_distributed_dense", layers.TimeDistributed(layers.Dense(4, activation="relu")), [(2, 3, 5)]),
    ("time_distributed_conv", layers.TimeDistributed(layers.Conv2D(2, 2)), [(1, 3, 3, 4, 2)]),
]

# Where Keras's class has another name than what it is exported as.
EXPORTED = {"GroupedQueryAttention": "GroupQueryAttention"}

# Called with its tensors one by one, not with a list.
ATTENTION = (layers.MultiHeadAttention, layers.GroupQueryAttention)


def tensor(array):
    array = np.asarray(array, dtype=np.float32)
    return {"shape": list(array.shape), "values": [float("%.7g" % v) for v in array.ravel()]}


def draw(random, shape, scale=1.0):
    """Distinct values with three decimals, so that no maximum is a tie."""
    return np.round(random.normal(0, scale, shape), 3).astype(np.float32) + np.float32(0.0005)


def run(name, layer, shapes, random):
    inputs = [draw(random, shape, 2.0) for shape in shapes]
    argument = inputs[0] if len(inputs) == 1 else inputs
    layer(*inputs) if isinstance(layer, ATTENTION) else layer(argument)
    for weight in layer.weights:
        value = draw(random, weight.shape, 0.5)
        weight.assign(np.abs(value) + 0.3 if "variance" in weight.path else value)
    trainable = [w.value for w in layer.trainable_weights]
    state = [v.value for v in layer.non_trainable_variables]
    all_weights = [np.asarray(w) for w in layer.weights]

    def call(weights, x, training):
        x = x[0] if len(x) == 1 else list(x)
        options = {"training": training} if isinstance(layer, layers.BatchNormalization) else {}
        positional = x if isinstance(layer, ATTENTION) else [x]
        return layer.stateless_call(weights, state, *positional, **options)

    output, _ = call(trainable, inputs, False)
    trained, moved = call(trainable, inputs, True)
    gradient = draw(random, output.shape)

    def loss(weights, x):
        return jnp.sum(call(weights, x, True)[0] * gradient)

    weight_gradients, input_gradients = jax.grad(loss, argnums=(0, 1))(trainable, [jnp.asarray(x) for x in inputs])
    config = {k: v for k, v in layer.get_config().items()
              if "initializer" not in k and (not isinstance(v, dict) or k in ("layer", "backward_layer"))}
    return {
        "name": name,
        "class_name": EXPORTED.get(type(layer).__name__, type(layer).__name__),
        "config": config,
        "inputs": [tensor(x) for x in inputs],
        "weights": [tensor(w) for w in all_weights],
        "output": tensor(output),
        "training_output": tensor(trained),
        # What is no weight is the state of random numbers.
        "state": [tensor(s) for s in moved[:len(layer.non_trainable_weights)]],
        "output_gradient": tensor(gradient),
        "input_gradients": [tensor(g) for g in input_gradients],
        "weight_gradients": [tensor(g) for g in weight_gradients],
    }


def main():
    random = np.random.default_rng(7)
    cases = [run(*case, random) for case in CASES]
    cases += [run(*case, np.random.default_rng(zlib.crc32(case[0].encode()))) for case in OWN_CASES]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":"), default=float) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
