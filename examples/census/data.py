"""The census as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from examples.data import path_of

EDUCATIONS = 17
FEATURES = 256
_INCOME, _MARITAL, _EDUCATION, _WEEKS = 41, 7, 4, 39
_GIVE_AWAY = (19, 22, 23, 24)
_NUMERIC = (0, 5, 16, 17, 18, 30)
_SPLIT_SEED = 1994


def load(rows: int | None = 20_000, all_columns: bool = False) -> dict[str, Any]:
    """Training, validation and test data.

    Args:
        rows: Size of a sample of the training file, by a fixed seed; None for all 199,523. A fifth of it validates.
        all_columns: Everything but income and marital status is a feature, as where the literature predicts those two:
            household and tax status, which give marital status away, and education and weeks worked.

    Returns:
        `x` (rows, 256) float32: six numbers, or seven, standardised, and the commonest categories one-hot; `y` by name:
        `income`, `never_married`, `weeks_worked` (rows, 1) float32, `education` (rows,) int32 from 0 to 16;
        `validation_data`; and `test_data`, the whole official test file.
    """
    train, test = _read("census-train"), _read("census-test")
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(train))[:rows]
    train = train.iloc[order]
    cut = len(train) * 4 // 5
    features, categories = _encoder(train.iloc[:cut], all_columns)
    educations = sorted(train[_EDUCATION].unique())

    def part(table: pd.DataFrame) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        return _features(table, features, categories), _targets(table, educations)

    (x, y), validation = part(train.iloc[:cut]), part(train.iloc[cut:])
    return {"x": x, "y": y, "validation_data": validation, "test_data": part(test)}


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(path_of(name), header=None, skipinitialspace=True, low_memory=False)


def _encoder(train: pd.DataFrame, all_columns: bool) -> tuple[pd.DataFrame, list[tuple[int, Any]]]:
    """Mean and deviation of the numbers, and the commonest categories, from the training part alone."""
    numeric = [*_NUMERIC, _WEEKS] if all_columns else list(_NUMERIC)
    left_out = {_INCOME, _MARITAL, *numeric} | (set() if all_columns else {_EDUCATION, _WEEKS, *_GIVE_AWAY})
    counted = pd.concat({column: train[column].value_counts() for column in train.columns if column not in left_out})
    commonest = counted.sort_values(ascending=False, kind="stable").head(FEATURES - len(numeric))
    return train[numeric].agg(["mean", "std"]), list(commonest.index)


def _features(table: pd.DataFrame, numbers: pd.DataFrame, categories: list[tuple[int, Any]]) -> np.ndarray:
    features = np.zeros((len(table), FEATURES), dtype="float32")
    standard = (table[list(numbers)] - numbers.loc["mean"]) / numbers.loc["std"].replace(0, 1)
    features[:, : len(numbers.columns)] = standard.to_numpy("float32")
    for i, (column, value) in enumerate(categories, start=len(numbers.columns)):
        features[:, i] = table[column].to_numpy() == value
    return features


def _targets(table: pd.DataFrame, educations: list[str]) -> dict[str, np.ndarray]:
    return {
        "income": (table[_INCOME] == "50000+.").to_numpy("float32")[:, None],
        "never_married": (table[_MARITAL] == "Never married").to_numpy("float32")[:, None],
        "education": pd.Categorical(table[_EDUCATION], categories=educations).codes.astype("int32"),
        "weeks_worked": (table[_WEEKS].to_numpy("float32") / 52.0)[:, None],
    }
