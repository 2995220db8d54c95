"""Small data made from a seed: numbers, words, images, and targets that follow from them."""

from __future__ import annotations

import numpy as np

from tests.test_models._example import HELD_OUT, ROWS

N = ROWS + HELD_OUT
WORDS = 30


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal numbers, one row a sample."""
    return np.random.default_rng(seed).normal(size=(N, *shape)).astype("float32")


def words(steps: int, seed: int = 0, padded: bool = False) -> np.ndarray:
    """Word numbers from 1 up; 0 after the end of a sentence where they are padded."""
    random = np.random.default_rng(seed)
    made = random.integers(1, WORDS, (N, steps)).astype("int32")
    if padded:
        made[np.arange(steps) >= random.integers(2, steps + 1, (N, 1))] = 0
    return made


def images(size: int = 8, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Pixels between 0 and 1."""
    return np.random.default_rng(seed).uniform(size=(N, size, size, channels)).astype("float32")


def score(x: np.ndarray, column: int = 0) -> np.ndarray:
    """One number a row that depends on the row's values."""
    flat = x.reshape(N, -1).astype("float32")
    made = flat[:, column % flat.shape[1]] + 0.3 * flat.mean(axis=1)
    return (made - made.mean()) / (made.std() + 1e-6)


def yes(x: np.ndarray, column: int = 0) -> np.ndarray:
    """0 or 1, shape (rows, 1)."""
    return (score(x, column) > 0.2).astype("float32")[:, None]


def amount(x: np.ndarray, column: int = 1) -> np.ndarray:
    """A number, shape (rows, 1)."""
    return (2.0 * score(x, column) + 1.0).astype("float32")[:, None]


def label(x: np.ndarray, classes: int = 3, column: int = 2) -> np.ndarray:
    """Class numbers, shape (rows,)."""
    made = score(x, column)
    return np.digitize(made, np.quantile(made, np.linspace(0, 1, classes + 1)[1:-1])).astype("int32")


def one_hot(x: np.ndarray, classes: int = 3, column: int = 2) -> np.ndarray:
    """Classes as rows of 0 and 1."""
    return np.eye(classes, dtype="float32")[label(x, classes, column)]


def texts(column: int = 0) -> np.ndarray:
    """Short sentences, shape (rows,)."""
    vocabulary = np.array(["invoice", "refund", "late", "broken", "screen", "thanks", "please", "order", "account", "login"])
    chosen = vocabulary[np.random.default_rng(column).integers(0, len(vocabulary), (N, 5))]
    made = np.empty(N, object)
    made[:] = [" ".join(row) for row in chosen]
    return made


def choices(*options: str, seed: int = 0) -> np.ndarray:
    """One of the words a row, shape (rows,)."""
    made = np.empty(N, object)
    made[:] = list(np.array(options)[np.random.default_rng(seed).integers(0, len(options), N)])
    return made
