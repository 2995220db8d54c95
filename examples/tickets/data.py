"""The reviews as arrays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from examples.data import path_of

VOCABULARY = 5_000
TITLE_TOKENS, BODY_TOKENS = 10, 80
DEPARTMENTS = ("Tops", "Dresses", "Bottoms", "Intimate", "Jackets", "Trend")
DIVISIONS = ("General", "General Petite", "Initmates")
TAGS = 2 + len(DIVISIONS)
_SPLIT = (0.6, 0.8)
_SPLIT_SEED = 20_240


def load() -> dict[str, Any]:
    """Training, validation and test data: 60, 20 and 20 per cent of the reviews, by a fixed seed.

    Returns:
        `x`, `y`, `validation_data` and `test_data`. Inputs by name: `title` (rows, 10) and `body` (rows, 80), int32 word
        numbers, 0 for padding and 1 for words outside the 5,000 commonest of the training part; `tags` (rows, 5), float32.
        Targets by name: `priority` (rows, 1) and `department` (rows, 6) one-hot, float32.
    """
    reviews = read_reviews()
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(reviews))
    train, validation, test = np.split(order, [int(len(order) * share) for share in _SPLIT])
    inputs, targets = _inputs(reviews, train), _targets(reviews)

    def part(rows: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        return {k: v[rows] for k, v in inputs.items()}, {k: v[rows] for k, v in targets.items()}

    x, y = part(train)
    return {"x": x, "y": y, "validation_data": part(validation), "test_data": part(test)}


def read_reviews() -> pd.DataFrame:
    """The reviews that have both a text and a department."""
    reviews = pd.read_parquet(path_of("reviews"))
    complete = reviews["Review Text"].notna() & reviews["Department Name"].notna()
    return reviews[complete].reset_index(drop=True)


def _inputs(reviews: pd.DataFrame, train: np.ndarray) -> dict[str, np.ndarray]:
    titles = [_words(text) for text in reviews["Title"].fillna("")]
    bodies = [_words(text) for text in reviews["Review Text"]]
    numbers = _vocabulary(titles[i] + bodies[i] for i in train)
    return {
        "title": _tokens(titles, numbers, TITLE_TOKENS),
        "body": _tokens(bodies, numbers, BODY_TOKENS),
        "tags": _tags(reviews, train),
    }


def _targets(reviews: pd.DataFrame) -> dict[str, np.ndarray]:
    department = pd.Categorical(reviews["Department Name"], categories=DEPARTMENTS).codes
    return {
        "priority": (reviews["Rating"].to_numpy() <= 3).astype("float32")[:, None],
        "department": np.eye(len(DEPARTMENTS), dtype="float32")[department],
    }


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def _vocabulary(texts: Iterable[list[str]]) -> dict[str, int]:
    counted = Counter(word for text in texts for word in text)
    commonest = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[: VOCABULARY - 2]
    return {word: number for number, (word, _) in enumerate(commonest, start=2)}


def _tokens(texts: list[list[str]], numbers: dict[str, int], length: int) -> np.ndarray:
    tokens = np.zeros((len(texts), length), dtype="int32")
    for row, words in enumerate(texts):
        word_numbers = [numbers.get(word, 1) for word in words[:length]] or [1]  # a text without words has no mean
        tokens[row, : len(word_numbers)] = word_numbers
    return tokens


def _tags(reviews: pd.DataFrame, train: np.ndarray) -> np.ndarray:
    numbers = reviews[["Age", "Positive Feedback Count"]].to_numpy("float64")
    standard = (numbers - numbers[train].mean(axis=0)) / numbers[train].std(axis=0)
    division = pd.Categorical(reviews["Division Name"], categories=DIVISIONS).codes
    return np.hstack([standard, np.eye(len(DIVISIONS))[division]]).astype("float32")
