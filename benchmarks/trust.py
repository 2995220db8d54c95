"""Whether the decisions hold: parts that can each be run alone, on studies whose truth is known.

python -m benchmarks.trust                  # all parts
python -m benchmarks.trust intervals --quick
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks._bike import bike
from benchmarks._census import census_income
from benchmarks._confirmations import confirmations
from benchmarks._fashion import fashion
from benchmarks._intervals import intervals
from benchmarks._reconstruct import reconstruct
from benchmarks._two_digits import null
from benchmarks.parts import Part, run

RESULTS = Path(__file__).parent / "results" / "trust.json"


PARTS = {
    "intervals": Part("Do 95 % intervals cover the truth, and is a gain claimed only where there is one?", intervals),
    "confirmations": Part(
        "Seeds that choose and seeds that judge: trainings, false gains of repeated calls, coverage, power.", confirmations
    ),
    "bike": Part("Rank-one regression: does the search find the weights that a closed form gives?", bike),
    "null": Part("Two digits, where equal weights are the best ones: how often is a gain claimed?", null),
    "reconstruct": Part("Classify and reconstruct: how much of the price of sharing do the weights win back?", reconstruct),
    "census": Part("Census-Income: the pick beside published figures.", census_income),
    "fashion": Part("Multi-Fashion: the hypervolume of the front beside published figures.", fashion),
}


def main(arguments: Sequence[str] | None = None, results: Path = RESULTS) -> int:
    """Runs the parts that are named; returns 0 where everything holds, else 1."""
    return run(PARTS, "trust", __doc__.splitlines()[0], results, arguments)


if __name__ == "__main__":
    sys.exit(main())
