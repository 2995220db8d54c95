"""The formats that a model can be exported to: how each is written, and how what was written predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        file: Name of what is written: a file, or a folder.
        needs: Modules that writing and reading it takes beside Keras and TensorFlow.
        write: Takes the model and a path, and writes.
        predict: Takes the path, the inputs in the model's structure and their flat names; returns predictions by output name.
    """

    file: str
    needs: tuple[str, ...]
    write: Callable[[keras.Model, Path], None]
    predict: Callable[[Path, Any, list[str]], Mapping[str, np.ndarray]]


def _write_keras(model: keras.Model, path: Path) -> None:
    model.save(path)


def _predict_keras(path: Path, inputs: Any, _: list[str]) -> Mapping[str, np.ndarray]:
    predicted: Mapping[str, np.ndarray] = keras.models.load_model(path, compile=False).predict(inputs, verbose=0)
    return predicted


def _exporter(kind: str) -> Callable[[keras.Model, Path], None]:
    def write(model: keras.Model, path: Path) -> None:
        model.export(str(path), format=kind, verbose=False)

    return write


def _predict_saved_model(path: Path, inputs: Any, _: list[str]) -> Mapping[str, np.ndarray]:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))  # its variables live as long as this name
    predicted = loaded.serve(keras.tree.map_structure(tf.constant, inputs))
    return _arrays(predicted)


def _predict_onnx(path: Path, inputs: Any, names: list[str]) -> Mapping[str, np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    fed = _by_name(inputs, names, [one.name for one in session.get_inputs()])
    outputs = [one.name for one in session.get_outputs()]
    return dict(zip(outputs, session.run(None, fed), strict=True))


def _predict_litert(path: Path, inputs: Any, names: list[str]) -> Mapping[str, np.ndarray]:
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(str(path)).get_signature_runner()
    return _arrays(run(**_by_name(inputs, names, list(run.get_input_details()))))


def _by_name(inputs: Any, names: list[str], known: list[str]) -> dict[str, np.ndarray]:
    """The inputs by the names that a file gives them: their own, or in their order where the file has others."""
    flat = [np.asarray(array) for array in keras.tree.flatten(inputs)]
    return dict(zip(names if set(names) == set(known) else known, flat, strict=True))


def _arrays(predicted: Any) -> Mapping[str, np.ndarray]:
    return {name: np.asarray(value) for name, value in predicted.items()}


FORMATS: Mapping[str, Format] = {
    "keras": Format("model.keras", (), _write_keras, _predict_keras),
    "saved_model": Format("saved_model", (), _exporter("tf_saved_model"), _predict_saved_model),
    "onnx": Format("model.onnx", ("tf2onnx", "onnxruntime"), _exporter("onnx"), _predict_onnx),
    "litert": Format("model.tflite", ("ai_edge_litert",), _exporter("litert"), _predict_litert),
}
