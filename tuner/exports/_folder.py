"""The folder of an export: models by seed, what they reach, the configuration and the model card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import keras
import pandas as pd

from reports.page import write_csv
from search_spaces import Problems, names, write_atomically
from tuner.engines import Evaluation
from tuner.exports._export import Exported, export_model
from tuner.exports._model_card import model_card
from tuner.inputs import Training, first_rows
from tuner.production import BestConfig

_COMPARED_ROWS = 256


def export_models(
    models: Iterable[tuple[int, keras.Model]],
    best: BestConfig,
    training: Training,
    rows: str,
    formats: Sequence[str],
    folder: Path,
) -> Path:
    """Writes trained models, and what goes with them.

    Args:
        models: Each with its seed; they are taken one at a time.
        best: What they were trained with.
        training: What they were trained on.
        rows: `training`, or `all` where the validation rows were trained on too.
        formats: Names of `FORMATS`.
        folder: Where it is written; created if needed.

    Raises:
        InputError: A format cannot hold a model; everything else is written.
    """
    compared = first_rows(training.validation, _COMPARED_ROWS).inputs
    files: dict[int, list[Exported]] = {}
    values: list[dict[str, float]] = []
    for seed, model in models:
        files[seed] = export_model(model, formats, folder / f"seed_{seed}", compared, training.outputs)
        values.append({names.SEED: seed, **_measured(model, training, rows)})
    _without_folders_of_one(files, folder)
    trained = training.data.checked if training.data.arrays is None else training.data.arrays
    table = pd.DataFrame(values)
    best.save(folder / "best.json")
    write_atomically(folder / "values.csv", partial(write_csv, table))
    write_atomically(folder / "model_card.md", model_card(best, table, files, rows, trained.rows))
    _raise_refused(files, folder)
    return folder


def _measured(model: keras.Model, training: Training, rows: str) -> Mapping[str, float]:
    """The objectives on the validation rows, where the model was not trained on them."""
    if rows == "all" or training.held_out is None:
        return {}
    values = Evaluation(model, training.measures, training.outputs)(training.validation)
    return {measure.objective.name: value for measure, value in zip(training.measures, values, strict=True)}


def _without_folders_of_one(files: dict[int, list[Exported]], folder: Path) -> None:
    """Moves the files of a model that is the only one up into the folder."""
    if len(files) > 1:
        return
    for one in (one for exported in files.values() for one in exported if not one.problem):
        one.path.rename(folder / one.path.name)
    for seed in files:
        (folder / f"seed_{seed}").rmdir()


def _raise_refused(files: Mapping[int, Sequence[Exported]], folder: Path) -> None:
    problems = Problems(f"what could be exported is in {str(folder)!r}")
    refused = {one.name: one.problem for exported in files.values() for one in exported if one.problem}
    for name, reason in refused.items():
        problems.add(f"{name}: {reason}")
    problems.raise_any()
