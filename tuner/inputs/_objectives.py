"""What a study optimises: one weight-free and loss-free measure of one output, on validation data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces import InputError, Problems, SearchSpace
from tuner.inputs._output_kinds import kind_by_loss

MAX, MIN = "max", "min"
_DIRECTIONS = {"max": MAX, "maximize": MAX, "min": MIN, "minimize": MIN, None: None}


@dataclass(frozen=True)
class Objective:
    """A metric of one output and its direction.

    Attributes:
        output: Name of the output.
        metric: A Keras metric name (`"auc"`, `"accuracy"`, `"mae"`, `"r2"`…), read in the light of the output's losses and
            data; a `keras.Metric`, used as it is; or a function of (targets, predictions), called once on all rows of the
            validation set that count, whose result is averaged. Where weights differ it returns one number for each row.
        direction: `"max"` or `"min"`; may be left out where the metric tells it.
        name: Its column in every table; `<output>/<metric>` where left out.

    Example:
        >>> Objective("urgent", "auc").name
        'urgent/auc'
        >>> Objective("kind", "f1", "maximize", name="F1 of the kind")
        Objective(output='kind', metric='f1', direction='max', name='F1 of the kind')
    """

    output: str
    metric: Any
    direction: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.direction, str | None) or self.direction not in _DIRECTIONS:
            raise InputError(f"objective {self.output!r}: direction must be 'max' or 'min', got {self.direction!r}")
        if not isinstance(self.name, str) or not self.name.isprintable():
            raise InputError(f"objective {self.output!r}: name must be a text of one line, got {self.name!r:.80}")
        object.__setattr__(self, "direction", _DIRECTIONS[self.direction])
        if not self.name:
            object.__setattr__(self, "name", f"{self.output}/{label(self.metric)}")


def label(metric: Any) -> str:
    """A short name for a metric in whatever form it was given."""
    if isinstance(metric, str):
        return metric
    return str(getattr(metric, "name", None) or getattr(metric, "__name__", type(metric).__name__))


def default_objectives(space: SearchSpace, chosen: Mapping[str, Objective] | None = None) -> list[Objective]:
    """One objective per output, by the family of the first loss that has one.

    AUC for binary losses, accuracy for categorical and margin ones and for `"crossentropy"`, mean absolute error for regression.

    Args:
        space: Names the outputs and their losses.
        chosen: Objectives of some outputs, by output, that are taken as they are.

    Raises:
        InputError: An output whose loss says nothing about a measure.
    """
    usual_metrics = {
        "binary": "auc",
        "categorical": "accuracy",
        "sparse": "accuracy",
        "margin": "accuracy",
        "regression": "mae",
    }
    problems, objectives, taken = Problems("the objectives cannot be chosen"), [], chosen or {}
    for output, output_space in space.outputs.items():
        kind = kind_by_loss(output_space)
        if output in taken:
            objectives.append(taken[output])
        elif kind.family in usual_metrics or any(loss.by_shapes for loss in output_space.losses):
            objectives.append(Objective(output, usual_metrics.get(kind.family, "accuracy")))
        else:
            problems.add(
                f"output {output!r} has the loss {output_space.losses[0].label}, which has no usual metric; "
                f"pass objectives=[Objective({output!r}, metric, 'max' or 'min')]"
            )
    problems.raise_any()
    return objectives
