"""Seconds per finished trial: this project's engines, Optuna around compile and fit, and KerasTuner, in one run.

Run as `python -m benchmarks.throughput [--quick] [--model NAME ...] [--trials N]`. Each contender first has to agree with
compile and fit by hand on a fixed candidate; where one does not, nothing of that model is timed. Then every contender is timed,
each time in a process of its own, in rounds of alternating order, so that a machine that slows down or speeds up does so
for all.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.contenders import BASE, CONTENDERS
from benchmarks.fresh import BenchmarkError, call
from benchmarks.models import WORKLOADS

PER_TRIAL, DETAILS = "throughput.json", "throughput_details.json"


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        trials: Number of trials of each study with the fused engine.
        rival_trials: Number of trials of each other contender, in each round.
        rounds: How often each contender is timed.
        rows: Fewer rows than the workloads have, or None.
        epochs: Another number than the workloads', or None.
    """

    trials: int
    rival_trials: int
    rounds: int
    rows: int | None = None
    epochs: int | None = None

    @property
    def size(self) -> dict[str, int | None]:
        """What is smaller than it should be, as arguments."""
        return {"rows": self.rows, "epochs": self.epochs}


FULL, QUICK = Plan(200, 4, 2), Plan(40, 2, 1)
SAMPLER_TRIALS = 500


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes what the command line asks for.

    Returns:
        Exit status: 1 where a model could not be timed.
    """
    asked = _parser().parse_args(arguments)
    standard = QUICK if asked.quick else FULL
    plan = Plan(
        asked.trials or standard.trials, asked.rival_trials or standard.rival_trials, standard.rounds, asked.rows, asked.epochs
    )
    machine = call("benchmarks.machine:describe", **({"matrix": 1024, "seconds": 1.0} if asked.quick else {}))
    if asked.sampler:
        measure_sampler(asked.engine[0], asked.trials or (60 if asked.quick else SAMPLER_TRIALS), plan, machine, asked.results)
        return 0
    timed = [model for model in asked.model if _measured(model, asked.engine, plan, machine, asked.results)]
    if timed:
        show(asked.results, timed)
    return int(len(timed) < len(asked.model))


def measure(model: str, engines: Sequence[str], plan: Plan, machine: Mapping[str, Any], folder: Path) -> None:
    """Times the contenders on one model and adds what came out to the files.

    Raises:
        BenchmarkError: They do not agree on the results, so that nothing was timed; or one of them could not be run.
    """
    _say(f"{model}: do {', '.join(engines)} agree on the results?")
    agreement = call("benchmarks.agreement:agree", model=model, engines=list(engines), **plan.size)
    if agreement["problems"]:
        raise BenchmarkError("\n  ".join(["the results are not the same, so nothing is timed:", *agreement["problems"]]))
    timings: dict[str, list[dict[str, Any]]] = {engine: [] for engine in engines}
    for turn in range(plan.rounds):
        for engine in engines if turn % 2 == 0 else reversed(engines):
            trials = plan.trials if engine == "fused" else plan.rival_trials
            timings[engine].append(call("benchmarks.timing:time_search", engine=engine, model=model, trials=trials, **plan.size))
            _say(f"{model}: {engine} {timings[engine][-1]['seconds_per_trial']:.3f} s a trial")
    _add(model, timings, {"agreement": agreement, **plan.size}, machine, folder)


def measure_sampler(engine: str, trials: int, plan: Plan, machine: Mapping[str, Any], folder: Path) -> None:
    """Measures the sampler's and storage's share on the mlp and adds it to the details."""
    _say(f"mlp: the sampler's share of {trials} trials with {engine}")
    share = call("benchmarks.timing:sampler_share", engine=engine, model="mlp", trials=trials, **plan.size)
    results.add(folder / DETAILS, {"sampler": share | plan.size | {"machine": machine}})
    cells = [f"{share[key]:.2f}" for key in ("seconds", "asking", "storing", "waiting")] + [f"{share['share']:.1%}"]
    columns = [f"{share['trials']} trials, TPE", "seconds", "asking", "storing", "of both on the main thread", "share"]
    results.print_table("Sampler and storage", {f"{engine}, mlp": cells}, columns)


def show(folder: Path, models: Sequence[str]) -> None:
    """Prints seconds per trial with ratios, and shares of the matrix-multiply rate, of the models in the files."""
    details = results.read(folder / DETAILS).get("models", {})
    measured = {model: details[model]["engines"] for model in models if model in details}
    columns = ["model", *(engine for engine in CONTENDERS if any(engine in engines for engines in measured.values()))]
    seconds = {model: [_seconds(engines, engine) for engine in columns[1:]] for model, engines in measured.items()}
    shares = {model: [_share(engines, engine) for engine in columns[1:]] for model, engines in measured.items()}
    results.print_table(f"Seconds per finished trial (and times faster than {BASE})", seconds, columns)
    results.print_table("Share of the machine's matrix-multiply rate", shares, columns)


def _measured(model: str, *arguments: Any) -> bool:
    try:
        measure(model, *arguments)
    except BenchmarkError as error:
        _say(f"{model}: {error}")
        return False
    return True


def _add(
    model: str, timings: Mapping[str, list[dict[str, Any]]], shared: Mapping[str, Any], machine: Mapping[str, Any], folder: Path
) -> None:
    """Each contender's entry says what it was measured on, since a later run may replace only some of them."""
    engines = {}
    for engine, runs in timings.items():
        seconds = statistics.mean(run["seconds_per_trial"] for run in runs)
        rate = runs[0]["flops_per_trial"] / seconds / 1e9
        share = {"gflops": rate, "share_of_matmul": rate / machine["matmul_gflops"]}
        engines[engine] = {"seconds_per_trial": seconds, **share, "runs": runs, **shared, "machine": machine}
    results.add(folder / DETAILS, {"models": {model: {"engines": engines}}})
    results.add(folder / PER_TRIAL, {model: {engine: entry["seconds_per_trial"] for engine, entry in engines.items()}})


def _seconds(engines: Mapping[str, Any], engine: str) -> str:
    if engine not in engines:
        return ""
    seconds = engines[engine]["seconds_per_trial"]
    return f"{seconds:.3f} ({engines[BASE]['seconds_per_trial'] / seconds:.1f}×)" if BASE in engines else f"{seconds:.3f}"


def _share(engines: Mapping[str, Any], engine: str) -> str:
    return f"{engines[engine]['share_of_matmul']:.1%}" if engine in engines else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer trials of the same work: rougher figures")
    parser.add_argument("--model", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), help="only these models")
    parser.add_argument("--engine", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), help="only these contenders")
    parser.add_argument(
        "--trials", type=int, help=f"of the fused engine's study ({FULL.trials}; {SAMPLER_TRIALS} with --sampler)"
    )
    parser.add_argument(
        "--rival-trials", type=int, help=f"of each other contender in each of {FULL.rounds} rounds ({FULL.rival_trials})"
    )
    parser.add_argument("--sampler", action="store_true", help="measure the sampler's share instead, with the first --engine")
    parser.add_argument("--rows", type=int, help="fewer rows, to try the benchmark out")
    parser.add_argument("--epochs", type=int, help="another number of epochs, to try the benchmark out")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
