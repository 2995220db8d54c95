"""Whether anything is lost: workers killed, servers restarted, machines removed, files spoilt; and what many workers cost.

python -m benchmarks.faults                 # all parts
python -m benchmarks.faults kills --quick
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks._fuzz import fuzz
from benchmarks._guided import guided
from benchmarks._kills import kills, postgresql, ray_nodes
from benchmarks._scaling import scaling
from benchmarks.parts import Part, run

RESULTS = Path(__file__).parent / "results" / "faults.json"
PARTS = {
    "kills": Part("Workers killed at random moments: is a finished trial lost or counted twice?", kills),
    "postgresql": Part("PostgreSQL stopped and started again, twice: do all workers go on?", postgresql),
    "ray": Part("Ray on three nodes, one of them removed: is anything lost?", ray_nodes),
    "fuzz": Part("Spoilt configurations and study files: does reading one do anything but what is documented?", fuzz),
    "guided": Part("The same with files that a coverage-guided fuzzer invents.", guided),
    "scaling": Part("What do more workers bring, and what do they cost?", scaling),
}


def main(arguments: Sequence[str] | None = None, results: Path = RESULTS) -> int:
    """Runs the parts that are named; returns 0 where everything holds, else 1."""
    return run(PARTS, "faults", __doc__.splitlines()[0], results, arguments)


if __name__ == "__main__":
    sys.exit(main())
