"""A study as pandas tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from search_spaces import InputError, Spec, check_schema, names

if TYPE_CHECKING:
    import optuna

ENGINE = "engine"
HISTORY_COLUMNS = {
    names.TRIAL: "Number of the trial; replicates have numbers of their own.",
    "epoch": "Number of epochs trained, from 1 up.",
    names.OBJECTIVE: "Name of the objective.",
    names.VALUE: "Its value on validation data after that epoch; empty where it was not finite.",
}


def study_meta(study: optuna.Study) -> dict[str, Any]:
    """The study's meta data: objectives, outputs, space, epochs, data and versions.

    Raises:
        InputError: Not a study of this tool, or one of a later release that this one cannot read.
    """
    attributes = getattr(study, "user_attrs", None)
    if not isinstance(attributes, Mapping) or names.STUDY not in attributes:
        raise InputError(
            f"expected an optuna.Study that loss-weight-tuner ran, or a table of study_frame, got {type(study).__name__}"
        )
    meta = dict(attributes[names.STUDY])
    check_schema(meta)
    return meta


def study_frame(study: optuna.Study) -> pd.DataFrame:
    """One row per trial that was started.

    Args:
        study: A study that loss-weight-tuner ran, loaded by plain Optuna from any storage.

    Returns:
        Columns: trial, baseline, replicate_of, seed, learning_rate, optimizer, `loss/…`, `weight/…`, `share/…`, `hp/…`, one
        per objective (own unit and direction), `fold_sd/…` after a cross-validation, `test/…` likewise on test data, epochs,
        seconds, engine, state, reason.
        `attrs["study"]` holds the study's meta data, so that `rank` works on the table alone.

    Example:
        >>> import reports
        >>> frame = reports.study_frame(study)
        >>> frame[["trial", "baseline", "weight/kind", "urgent/auc", "state"]].head(3).round(3)
           trial       baseline  weight/kind  urgent/auc     state
        0      0        current          0.2       0.862  complete
        1      1          equal          1.0       0.805  complete
        2      2  single:urgent          0.0       0.876  complete
    """
    meta = study_meta(study)
    started = [trial for trial in study.get_trials(deepcopy=False) if names.CANDIDATE in trial.user_attrs]
    rows = [_row(trial, meta) for trial in started if trial.state.name != "WAITING"]
    frame = pd.DataFrame(rows, columns=_columns(rows, meta))
    frame[names.REPLICATE_OF] = frame[names.REPLICATE_OF].astype("Int64")
    objectives = [objective["name"] for objective in meta["objectives"]]
    numbers = [*objectives, *map(names.test, objectives), names.SECONDS, names.LEARNING_RATE]
    frame = frame.astype(dict.fromkeys(numbers, "float64"))
    frame = frame.astype({names.TRIAL: "int64", names.EPOCHS: "int64"})
    frame.attrs["study"] = meta | {names.JUDGING: study.user_attrs.get(names.JUDGING)}
    return frame


def is_policy_trial(frame: pd.DataFrame) -> pd.Series:
    """Which rows are trials of weighting policies; shape (rows,)."""
    return frame[names.BASELINE].str.startswith(names.POLICY_PREFIX)


def history_frame(study: optuna.Study) -> pd.DataFrame:
    """The objectives after every epoch, in a long table.

    Args:
        study: A study that loss-weight-tuner ran.

    Returns:
        One row per trial, epoch and objective; `reports.describe_columns` documents the columns.

    Example:
        >>> import reports
        >>> reports.history_frame(study).head(2).round(3)
           trial  epoch      objective  value
        0      0      1     urgent/auc  0.766
        1      0      1  kind/accuracy  0.225
    """
    objectives = [objective["name"] for objective in study_meta(study)["objectives"]]
    rows = [
        (trial.number, epoch, name, math.nan if value is None else float(value))
        for trial in study.get_trials(deepcopy=False)
        for epoch, values in enumerate(trial.user_attrs.get(names.OUTCOME, {}).get("history", []), start=1)
        for name, value in zip(objectives, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(HISTORY_COLUMNS))


def _row(trial: optuna.trial.FrozenTrial, meta: Mapping[str, Any]) -> dict[str, Any]:
    attributes = trial.user_attrs
    candidate, outcome = attributes[names.CANDIDATE], attributes.get(names.OUTCOME, {})
    total = sum(candidate["weights"].values())
    row: dict[str, Any] = {
        names.TRIAL: trial.number,
        names.BASELINE: attributes.get(names.BASELINE, ""),
        names.REPLICATE_OF: attributes.get(names.REPLICATE_OF),
        names.SEED: attributes.get(names.SEED),
        names.LEARNING_RATE: candidate["learning_rate"],
        names.OPTIMIZER: _label(candidate["optimizer"]),
    }
    row |= {names.loss(output): _label(loss) for output, loss in candidate["losses"].items()}
    if not candidate.get("policy"):  # its weights are others at every step
        row |= {names.weight(output): weight for output, weight in candidate["weights"].items()}
        row |= {names.share(output): weight / total if total else 0.0 for output, weight in candidate["weights"].items()}
    row |= {names.hyperparameter(key): value for key, value in candidate.get("hyperparameters", {}).items()}
    values = trial.values if trial.state.name == "COMPLETE" else None
    row |= {o["name"]: value for o, value in zip(meta["objectives"], values or [], strict=False)}
    over_folds = np.std(outcome["folds"], axis=0, ddof=1) if outcome.get("folds") else []
    row |= {names.fold_sd(o["name"]): float(sd) for o, sd in zip(meta["objectives"], over_folds, strict=False)}
    tested = outcome.get("test_values") or []
    row |= {names.test(o["name"]): value for o, value in zip(meta["objectives"], tested, strict=False)}
    return row | {
        names.EPOCHS: outcome.get("epochs", 0),
        names.SECONDS: outcome.get("seconds"),
        ENGINE: outcome.get("engine", ""),
        names.STATE: outcome.get("state", names.RUNNING),
        names.REASON: outcome.get("reason", ""),
    }


def _columns(rows: list[dict[str, Any]], meta: Mapping[str, Any]) -> list[str]:
    outputs, objectives = meta["outputs"], [objective["name"] for objective in meta["objectives"]]
    searched = {key: None for row in rows for key in row if key.startswith(names.HYPERPARAMETER_PREFIX)}
    return [
        *(names.TRIAL, names.BASELINE, names.REPLICATE_OF, names.SEED, names.LEARNING_RATE, names.OPTIMIZER),
        *(prefixed(output) for prefixed in (names.loss, names.weight, names.share) for output in outputs),
        *searched,
        *objectives,
        *(map(names.fold_sd, objectives) if meta.get("data", {}).get("folds") else ()),
        *map(names.test, objectives),
        *(names.EPOCHS, names.SECONDS, ENGINE, names.STATE, names.REASON),
    ]


def _label(plain: Mapping[str, Any]) -> str:
    if not plain.get("config"):
        return str(plain["class_name"])
    return Spec.from_dict(plain).label
