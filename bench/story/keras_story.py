"""The article's run with Keras 2 and TFMOT: one JSON object on the last line of standard output."""
import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tensorflow_model_optimization as tfmot  # noqa: E402
import tf_keras as keras  # noqa: E402

SIZE = 224
BATCH = 32


def photos(folder, part, shuffle, seed):
    data = keras.utils.image_dataset_from_directory(
        os.path.join(folder, part), image_size=(SIZE, SIZE), batch_size=BATCH, shuffle=shuffle, seed=seed
    )
    count = len(data.class_names)
    return data.map(lambda x, y: (x / 127.5 - 1.0, y)).prefetch(2), count


def build(weights, classes):
    base = keras.applications.MobileNetV2(
        input_shape=(SIZE, SIZE, 3), alpha=0.35, include_top=False, weights=weights
    )
    x = keras.layers.GlobalAveragePooling2D()(base.output)
    return keras.Model(base.input, keras.layers.Dense(classes, activation="softmax")(x))


def compiled(model, rate):
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def tflite_accuracy(file, data):
    interpreter = tf.lite.Interpreter(model_content=file, num_threads=2)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    made = interpreter.get_output_details()[0]["index"]
    right = total = 0
    for images, labels in data.unbatch().batch(1).as_numpy_iterator():
        interpreter.set_tensor(given, images.astype(np.float32))
        interpreter.invoke()
        right += int(np.argmax(interpreter.get_tensor(made)[0]) == labels[0])
        total += 1
    return right / total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--float-epochs", type=int, default=3)
    parser.add_argument("--qat-epochs", type=int, default=2)
    options = parser.parse_args()
    keras.utils.set_random_seed(options.seed)

    train, classes = photos(options.data, "train", True, options.seed)
    validation, _ = photos(options.data, "validation", False, None)
    test, _ = photos(options.data, "test", False, None)

    model = compiled(build(options.weights, classes), 1e-4)
    history = model.fit(train, validation_data=validation, epochs=options.float_epochs, verbose=2)
    result = {
        "float_validation": history.history["val_accuracy"][-1],
        "float_test": model.evaluate(test, verbose=0)[1],
    }
    quantized = compiled(tfmot.quantization.keras.quantize_model(model), 1e-5)
    quantized.fit(train, validation_data=validation, epochs=options.qat_epochs, verbose=2)
    result["qat_keras_test"] = quantized.evaluate(test, verbose=0)[1]
    started = time.time()
    converter = tf.lite.TFLiteConverter.from_keras_model(quantized)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    file = converter.convert()
    result["convert_seconds"] = time.time() - started
    result["qat_tflite_test"] = tflite_accuracy(file, test)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
