"""Data for the page's own script: every candidate with its values and the pieces of its compile call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.confirmation import ReplicateResults
from reports.page._compile_call import call_parts, untrained_outputs
from reports.ranking import Scale, rule_of, signs
from search_spaces import names

if TYPE_CHECKING:
    import optuna


def page_data(
    study: optuna.Study, ranking: pd.DataFrame, results: ReplicateResults | None, pick: int | None, marked: int | None
) -> dict[str, Any]:
    """Plain data for the page.

    Args:
        study: A study that loss-weight-tuner ran.
        ranking: Ranking table, as `reports.rank` gives it.
        results: Results of the replicates, where there are any; a preference then chooses among the confirmed candidates, by
            their means.
        pick: Number of the pick, shown first; None where there is none.
        marked: Position of the trace that marks what is shown in the picture of the front; None where there is none.

    Returns:
        `objectives`; `losses`: for each output its name and the sources of its losses, `None` for one without; `candidates`:
        trial, baseline, values in their own units, `merit` (more is better; None where no preference can choose it), and the
        pieces of the call; `reference` and `span`: the scale on which a preference is measured, more is better.
    """
    meta = ranking.attrs["study"]
    columns, sign = [objective["name"] for objective in meta["objectives"]], signs(meta)
    ranked = ranking[ranking[names.RANK].notna()]
    means, rule = _means(results), rule_of(None, None, meta, Scale.from_dict(ranking.attrs["scale"]))
    trials, untrained = study.get_trials(deepcopy=False), untrained_outputs(meta)
    sources: list[dict[str, int]] = [{} for _ in meta["outputs"]]  # position of each loss of an output, by its source
    candidates = []
    for number, baseline, values in zip(ranked[names.TRIAL], ranked[names.BASELINE], ranked[columns].to_numpy(), strict=True):
        parts = call_parts(trials[number].user_attrs[names.CANDIDATE])
        shown = values if means is None else means.get(int(number), values)
        eligible = means is None or int(number) in means
        candidates.append(
            {
                "trial": int(number),
                "baseline": baseline,
                "values": _rounded(shown),
                "merit": _rounded(shown * sign) if eligible else None,
                "optimizer": parts.optimizer,
                "losses": [
                    *(own.setdefault(parts.losses[o], len(own)) for own, o in zip(sources, meta["outputs"], strict=True)),
                    *(0 for _ in untrained),
                ],
                "weights": [*(parts.weights[output] for output in meta["outputs"]), *("None" for _ in untrained)],
            }
        )
    return {
        "objectives": meta["objectives"],
        "losses": [
            *({"name": repr(name), "sources": list(own)} for name, own in zip(meta["outputs"], sources, strict=True)),
            *({"name": repr(name), "sources": ["None"]} for name in untrained),
        ],
        "candidates": candidates,
        "reference": rule.reference.tolist(),
        "span": rule.span.tolist(),
        "pick": pick,
        "marked": marked,
    }


def _rounded(values: np.ndarray) -> list[float]:
    """Rounds to seven digits, which float32 metrics have, so that the page of a large study stays small."""
    return [float(f"{value:.7g}") for value in values]


def _means(results: ReplicateResults | None) -> dict[int, np.ndarray] | None:
    """Mean values of the confirmed candidates that could be deployed, in their own units."""
    if results is None:
        return None
    paired = results.paired
    own = paired.values.mean(axis=1) * paired.sign
    return {int(trial): own[at] for at, trial in enumerate(paired.trials) if paired.pickable[at]}
