"""Writes callbacks.json: what Keras's callbacks do on random courses of a metric.

    KERAS_BACKEND=jax python make_callbacks.py
"""

import json
import pathlib
import tempfile

import keras
import numpy as np

MONITORS = {"val_loss": "min", "accuracy": "max"}


def dyadic(random, low, high):
    """Numbers that float32 and float64 hold alike, so that no comparison hangs on rounding."""
    return float(random.integers(low * 32, high * 32)) / 32


def course(random):
    return [dyadic(random, 0, 3) for _ in range(14)]


def stub_model():
    """One weight, which each epoch sets to its number."""
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False)])
    model.build((None, 1))
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse", metrics=["accuracy"])
    return model


def run(callback, monitor, values, after_epoch=lambda epoch, model: None):
    model = stub_model()
    callback.set_model(model)
    callback.on_train_begin()
    epochs = 0
    for epoch, value in enumerate(values):
        model.set_weights([np.full((1, 1), epoch, "float32")])
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"loss": 1.0, monitor: value})
        after_epoch(epoch, model)
        epochs += 1
        if getattr(model, "stop_training", False):
            break
    callback.on_train_end()
    return epochs, model


def early_stopping(random):
    monitor = random.choice(list(MONITORS))
    options = {"monitor": monitor, "mode": MONITORS[monitor],
               "min_delta": dyadic(random, 0, 1) if random.integers(2) else 0.0,
               "patience": int(random.integers(0, 5)),
               "restore_best_weights": bool(random.integers(2)),
               "start_from_epoch": int(random.integers(0, 5))}
    if random.integers(2):
        options["baseline"] = dyadic(random, 0, 3)
    values = course(random)
    epochs, model = run(keras.callbacks.EarlyStopping(**options), monitor, values)
    return {"options": options, "values": values, "epochs": epochs,
            "weights_of": int(model.get_weights()[0].item())}


def reduce_lr_on_plateau(random):
    monitor = random.choice(list(MONITORS))
    options = {"monitor": monitor, "mode": MONITORS[monitor], "factor": [0.5, 0.25][random.integers(2)],
               "patience": int(random.integers(0, 4)), "min_delta": dyadic(random, 0, 1),
               "cooldown": int(random.integers(0, 3)), "min_lr": [0.0, 0.0625][random.integers(2)]}
    values = course(random)
    rates = []
    run(keras.callbacks.ReduceLROnPlateau(**options), monitor, values,
        lambda epoch, model: rates.append(float(np.asarray(model.optimizer.learning_rate))))
    return {"options": options, "values": values, "rates": rates}


def model_checkpoint(random, folder):
    monitor = random.choice(list(MONITORS))
    options = {"monitor": monitor, "mode": MONITORS[monitor], "save_best_only": bool(random.integers(4))}
    if random.integers(2):
        options["initial_value_threshold"] = dyadic(random, 0, 3)
    pattern = "{epoch:03d}-{" + monitor + ":.3f}.keras"
    values = course(random)
    path = pathlib.Path(tempfile.mkdtemp(dir=folder))
    run(keras.callbacks.ModelCheckpoint(str(path / pattern), **options), monitor, values)
    return {"options": options, "filepath": pattern, "values": values,
            "files": sorted(file.name for file in path.iterdir())}


def csv_logger(random, folder):
    path = pathlib.Path(folder) / "log.csv"
    separator = [",", ";"][random.integers(2)]
    callback = keras.callbacks.CSVLogger(str(path), separator=separator)
    callback.on_train_begin()
    rows = [{"loss": dyadic(random, 0, 9) + 0.03125, "val_accuracy": dyadic(random, 0, 1) + 0.03125,
             "accuracy": 2.0 ** -int(random.integers(1, 20))} for _ in range(4)]
    del rows[2]["val_accuracy"]
    for epoch, row in enumerate(rows):
        callback.on_epoch_end(epoch, dict(row))
    callback.on_train_end()
    return {"separator": separator, "rows": rows, "text": path.read_bytes().decode()}


def main():
    random = np.random.default_rng(14)
    with tempfile.TemporaryDirectory() as folder:
        cases = {"early_stopping": [early_stopping(random) for _ in range(60)],
                 "reduce_lr_on_plateau": [reduce_lr_on_plateau(random) for _ in range(40)],
                 "model_checkpoint": [model_checkpoint(random, folder) for _ in range(12)],
                 "csv_logger": [csv_logger(random, folder) for _ in range(4)]}
    text = json.dumps({"keras": keras.__version__, **cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_name("callbacks.json").write_text(text.replace('},{"options"', '},\n{"options"') + "\n")


if __name__ == "__main__":
    main()
