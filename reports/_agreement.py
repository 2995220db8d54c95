"""What the study knows of its traced programs: whether they train as compile and fit do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from search_spaces import names

if TYPE_CHECKING:
    import optuna


def agreement(study: optuna.Study) -> list[str]:
    """How the programs that trained the study compare with compile and fit, in sentences; none where no program trained.

    Args:
        study: A study that loss-weight-tuner ran.

    Example:
        >>> agreement(study)  # of a release that checked no program
        []
    """
    stored = [value for name, value in study.user_attrs.items() if name.startswith(names.AGREEMENT_PREFIX)]
    agreeing = [outcome for outcome in stored if outcome["agrees"]]
    worst: list[dict[str, Any]] = sorted(agreeing, key=lambda outcome: outcome["difference"])[-1:]
    several = f" ({len(agreeing)} programs)" if len(agreeing) > 1 else ""
    left = dict.fromkeys(outcome["sentence"] for outcome in stored if not outcome["agrees"])
    return [*(f"T{one['sentence'][1:]}{several}." for one in worst), *(f"Left to compile and fit: {one}." for one in left)]
