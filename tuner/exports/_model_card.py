"""The model card: what a model was made for and of, what speaks for it, and where its limits are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reports import compile_call, markdown
from search_spaces import names
from tuner.exports._export import Exported
from tuner.production import BestConfig

ALL, TRAINING = "all", "training"


def model_card(best: BestConfig, values: pd.DataFrame, files: Mapping[int, Sequence[Exported]], rows: str, trained: int) -> str:
    """A card in Markdown.

    Args:
        best: What was chosen.
        values: One row a seed: `seed`, and each objective on the validation rows, where those were held out.
        files: What was exported, by seed.
        rows: `training`, or `all` where the validation rows were trained on too.
        trained: Number of rows that were trained on.
    """
    sections = [
        f"# {best.study['name']}, trial {best.study['trial']}",
        f"Made on {best.created} by loss-weight-tuner {best.versions.get('loss-weight-tuner', '')} with {_versions(best)}.",
        "## What it predicts",
        "\n".join(f"- `{name}`, shape {_shape(shape)}" for name, shape in best.fingerprints["outputs"].items()),
        "## The trade-off",
        markdown(_trade_off(best)),
        _rule(best),
        "## What speaks for it",
        _evidence(best),
        *([] if not best.study.get("agreement") else [" ".join(best.study["agreement"])]),
        "## How it was trained",
        f"```python\n{compile_call(best.candidate.to_dict(), _untrained(best))}\n```",
        _training(best, rows, trained),
        *([markdown(values)] if len(values.columns) > 1 else []),
        "## Files",
        markdown(_files(files)),
        "## Limits",
        _limits(best, rows),
    ]
    return "\n\n".join(part for part in sections if part) + "\n"


def _versions(best: BestConfig) -> str:
    return ", ".join(f"{name} {number}" for name, number in best.versions.items() if name != "loss-weight-tuner")


def _shape(shape: Sequence[Any]) -> str:
    return "(" + ", ".join(["rows", *("any" if size is None else str(size) for size in shape)]) + ")"


def _untrained(best: BestConfig) -> list[str]:
    return [output for output in best.fingerprints["outputs"] if output not in best.loss_weights]


def _trade_off(best: BestConfig) -> pd.DataFrame:
    """Each objective: what the search's run reached, and what the baselines did."""
    rows = [
        {
            names.OBJECTIVE: one["name"],
            "better": "more" if one["direction"] == "max" else "less",
            f"trial {best.study['trial']}": one["value"],
            **{name: value for name, value in one["baselines"].items() if not name.startswith(names.POLICY_PREFIX)},
        }
        for one in best.objectives
    ]
    return pd.DataFrame(rows)


def _rule(best: BestConfig) -> str:
    said = [f"{word} {best.study[word]}" for word in ("prefer", "require") if best.study.get(word)]
    by = " and ".join(said) if said else "the highest Δm, the mean relative gain over outputs trained alone"
    return f"These are single runs on validation data. It was chosen among {best.study['trials']} candidates by {by}."


def _evidence(best: BestConfig) -> str:
    if not best.evidence:
        return "Nothing but one run: it was not confirmed with further seeds, so that the gain may be noise."
    return str(best.evidence["text"])


def _training(best: BestConfig, rows: str, trained: int) -> str:
    fit = [f"{best.epochs} epochs", *([f"batches of {best.batch_size} rows"] if best.batch_size else [])]
    fit += [one["class_name"] for one in best.fit_settings.get("callbacks", [])]
    fit += [f"weights of the classes of {', '.join(best.class_weight)}"] if best.class_weight else []
    what = "training and validation rows" if rows == ALL else "training rows"
    measured = "None of them were held out to measure it." if rows == ALL else "Its values on the validation rows are below."
    return f"{', '.join(fit)}, on {trained:,} {what}, data `{best.fingerprints['data']['fingerprint']}`. {measured}"


def _files(files: Mapping[int, Sequence[Exported]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                names.SEED: seed,
                "format": one.name,
                "file": "" if one.problem else one.path.name if len(files) == 1 else f"seed_{seed}/{one.path.name}",
                "largest difference from Keras": f"{one.difference:.1e}" if not one.problem else f"refused: {one.problem}",
            }
            for seed, exported in files.items()
            for one in exported
        ]
    )


def _limits(best: BestConfig, rows: str) -> str:
    lines = [
        "Intervals hold the noise of seeds, not that of the data: other rows may differ by more.",
        "Fixed loss weights cannot reach a front that is not convex.",
    ]
    if rows == ALL:
        lines.append("It was trained on rows that chose the configuration too; measure it on rows that are new to both.")
    if best.evidence and best.evidence.get("data") == "validation":
        lines.append("The seeds that judged it were measured on the validation rows that it was chosen by.")
    return "\n".join(f"- {line}" for line in lines)
