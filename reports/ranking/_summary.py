"""A ranking summed up in sentences."""

from __future__ import annotations

import pandas as pd

from search_spaces import names


def comparison(ranking: pd.DataFrame) -> str:
    """Says how the first candidate compares with today's configuration, or with equal weights, on every objective.

    Args:
        ranking: Ranking table, as `reports.rank` gives it.

    Example:
        >>> import reports
        >>> reports.comparison(reports.rank(study))
        'Trial 4 ranks first of 8 candidates; current ranks 3. The first against current: urgent/auc 0.9912 against 0.8618 ...'
    """
    ranked = ranking[ranking[names.RANK].notna()]
    if ranked.empty:
        return "No trial is complete yet."
    best = ranked.iloc[0]
    against = next((n for n in (names.CURRENT, names.EQUAL) if (ranked[names.BASELINE] == n).any()), "")
    top = f"Trial {best[names.TRIAL]}" + (f" ({best[names.BASELINE]})" if best[names.BASELINE] else "")
    if not against or best[names.BASELINE] == against:
        return f"{top} ranks first of {len(ranked)} candidates."
    other = ranked[ranked[names.BASELINE] == against].iloc[0]
    parts = []
    for objective in ranking.attrs["study"]["objectives"]:
        name = objective["name"]
        change = best[name] - other[name]
        better = (change > 0) == (objective["direction"] == "max")
        word = "unchanged" if change == 0 else ("better" if better else "worse")
        parts.append(f"{name} {best[name]:.4f} against {other[name]:.4f} ({change:+.4f}, {word})")
    return (
        f"{top} ranks first of {len(ranked)} candidates; {against} ranks {other[names.RANK]}. The first against {against}: "
        + "; ".join(parts)
        + ". These are single runs: a difference can be as small as what another seed would make."
    )
