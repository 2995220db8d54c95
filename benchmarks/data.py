"""Arrays to train the workloads on: made from a seed, except for the tickets and the digits, which are real."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from examples import tickets
from examples.data import path_of
from examples.tickets.data import read_reviews

TOKENS, VOCABULARY, TOPICS = 32, 400, 4
STEPS, SIGNALS, PATTERNS = 32, 16, 4
SIDE, COLOURS = 96, 3
_SEED = 5


@dataclass(frozen=True)
class Data:
    """What `Model.fit` takes: arrays, or dictionaries of arrays by name.

    Attributes:
        x: Inputs to train on.
        y: Targets by output name.
        validation_data: (x, y) to measure on.
    """

    x: Any
    y: dict[str, np.ndarray]
    validation_data: tuple[Any, dict[str, np.ndarray]]

    @property
    def rows(self) -> int:
        """Rows to train on."""
        return len(next(iter(self.y.values())))

    @property
    def validation_rows(self) -> int:
        """Rows to measure on."""
        return len(next(iter(self.validation_data[1].values())))

    def head(self, rows: int) -> Data:
        """The first rows, and a quarter as many to measure on."""
        x, y = self.validation_data
        return Data(_head(self.x, rows), _head(self.y, rows), (_head(x, rows // 4), _head(y, rows // 4)))


def table(rows: int, validation_rows: int, features: int, classes: int) -> Data:
    """Standard normal features; `answer` is a noisy linear rule of them and `kind` the largest of several."""
    random = np.random.default_rng(_SEED)
    total = rows + validation_rows
    x = random.normal(size=(total, features)).astype("float32")
    scores = x @ random.normal(size=(features, 1 + classes)) + random.normal(0, 2, (total, 1 + classes))
    return _split(x, scores[:, 0] > 0, scores[:, 1:].argmax(axis=1), rows)


def texts(rows: int, validation_rows: int) -> Data:
    """Random word numbers; each word speaks for one topic: `kind` is the commonest topic, `answer` whether 0 beats 1."""
    random = np.random.default_rng(_SEED)
    x = random.integers(0, VOCABULARY, (rows + validation_rows, TOKENS), dtype="int32")
    counted = np.eye(TOPICS)[x % TOPICS].sum(axis=1)
    return _split(x, counted[:, 0] > counted[:, 1], counted.argmax(axis=1), rows)


def sequences(rows: int, validation_rows: int) -> Data:
    """Random signals over time; the later the step, the more it counts for both targets."""
    random = np.random.default_rng(_SEED)
    x = random.normal(size=(rows + validation_rows, STEPS, SIGNALS)).astype("float32")
    scores = np.einsum("rts,t,sk->rk", x, 0.9 ** np.arange(STEPS)[::-1], random.normal(size=(SIGNALS, 1 + PATTERNS)))
    return _split(x, scores[:, 0] > 0, scores[:, 1:].argmax(axis=1), rows)


def digits(rows: int, validation_rows: int) -> Data:
    """Handwritten digits, 28 × 28 × 1 in 0…1: `kind` is the digit, `answer` whether it is even."""
    pixels, kinds = all_digits()
    order = np.random.default_rng(_SEED).permutation(len(pixels))[: rows + validation_rows]
    return _split(pixels[order][..., None], kinds[order] % 2 == 0, kinds[order], rows)


def all_digits() -> tuple[np.ndarray, np.ndarray]:
    """10,000 handwritten digits of shape (28, 28) in 0…1, and which they are."""
    loaded = [np.array(json.loads(path_of(f"digit-{n}").read_text())["data"], "float32") for n in range(10)]
    kinds = np.repeat(np.arange(10), [images.size // 784 for images in loaded])
    return np.concatenate(loaded).reshape(-1, 28, 28), kinds


def garments(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Fashion-MNIST, of shape (28, 28) in 0…1, and which of ten kinds: 60,000 of part `train`, 10,000 of `test`."""
    images, labels = (gzip.decompress(path_of(f"fashion-{part}-{what}").read_bytes()) for what in ("images", "labels"))
    pixels = np.frombuffer(images, "uint8", offset=16).reshape(-1, 28, 28)
    return pixels.astype("float32") / 255, np.frombuffer(labels, "uint8", offset=8)


def reviews() -> Data:
    """The tickets example's reviews: `priority` and `department`."""
    loaded = tickets.load()
    return Data(loaded["x"], loaded["y"], loaded["validation_data"])


@cache
def raw_reviews() -> Data:
    """The texts of the tickets example's reviews as they are: `answer` is its priority and `kind` its department."""
    table = read_reviews()
    rows = int(len(table) * 0.8)
    department = table["Department Name"].astype("category").cat.codes.to_numpy()
    return _split(table["Review Text"].to_numpy(object), table["Rating"].to_numpy() <= 3, department, rows)


def images(rows: int, validation_rows: int) -> Data:
    """Noise of 96 × 96 pixels under a colour: `kind` is the colour, `answer` whether the left half is the brighter one."""
    random = np.random.default_rng(_SEED)
    x = random.integers(0, 156, (rows + validation_rows, SIDE, SIDE, COLOURS)).astype("float32")
    kind, left = random.integers(0, COLOURS, len(x)), random.integers(0, 2, len(x)).astype(bool)
    x[np.arange(len(x)), :, :, kind] += 60.0
    x[left, :, : SIDE // 2] += 30.0
    return _split(x, left, kind, rows)


def _split(x: np.ndarray, answer: np.ndarray, kind: np.ndarray, rows: int) -> Data:
    y = {"answer": answer.astype("float32")[:, None], "kind": np.eye(kind.max() + 1, dtype="float32")[kind]}
    held_out = {name: target[rows:] for name, target in y.items()}
    return Data(x[:rows], _head(y, rows), (x[rows:], held_out))


def _head(arrays: Any, rows: int) -> Any:
    return {name: array[:rows] for name, array in arrays.items()} if isinstance(arrays, dict) else arrays[:rows]
