"""Training data that come as a `tf.data.Dataset`: ours against a plain Optuna loop around compile and fit, in one run.

Run as `python -m benchmarks.pipelines [--case NAME ...] [--trials N] [--rival-trials N]`. `mlp` is a table that is shuffled and
batched; `augmented` decodes pictures and crops them in every pass, and feeds two convolutions. Each search runs in a process
of its own, everything included. Where the batches are the same in every pass, a trial must first agree with compile and fit.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks import results
from benchmarks.data import Data, digits
from benchmarks.fresh import BenchmarkError, call
from benchmarks.models import WORKLOADS
from benchmarks.ours import BASELINES
from benchmarks.rivals import optuna_loop
from benchmarks.workload import SEED
from tuner import LossWeightTuner

FILE = "pipelines.json"
CASES = {"mlp": WORKLOADS["mlp"], "augmented": WORKLOADS["conv2d"]}
_PLAIN, _OURS, _ARRAYS = "optuna", "fused", "fused on arrays"
_AGREE = 1e-3


def dataset(case: str, data: Data, batch_size: int, shuffle: bool = True) -> tf.data.Dataset:
    """The training rows as their author would feed them."""
    rows = tf.data.Dataset.from_tensor_slices((_encoded(data.x) if case == "augmented" else data.x, data.y))
    rows = rows.shuffle(data.rows) if shuffle else rows
    if case == "augmented":
        rows = rows.map(partial(_augmented, random=shuffle), num_parallel_calls=tf.data.AUTOTUNE)
    return rows.batch(batch_size).prefetch(tf.data.AUTOTUNE)


def _encoded(pictures: np.ndarray) -> list[bytes]:
    return [tf.io.encode_png((255 * picture).astype("uint8")).numpy() for picture in pictures]


def _augmented(picture: Any, targets: Any, random: bool) -> tuple[Any, Any]:
    picture = tf.cast(tf.io.decode_png(picture, channels=1), tf.float32) / 255
    picture = tf.image.resize(picture, (112, 112))
    if random:
        picture = tf.image.random_crop(picture, (100, 100, 1))
        picture = tf.image.random_brightness(tf.image.random_contrast(picture, 0.7, 1.3), 0.1)
    return tf.image.resize(picture, (28, 28)), targets


def time_search(case: str, contender: str, trials: int) -> dict[str, Any]:
    """Times a search from its first line to its last.

    Args:
        case: A key of `CASES`.
        contender: The plain loop, ours on the dataset, or ours on arrays.
        trials: How many.

    Returns:
        `trials`, `seconds_per_trial`, and `peak_gib` of resident memory.
    """
    data = _data(case)
    began = time.perf_counter()
    done = _plain(case, data, trials) if contender == _PLAIN else len(_ours(case, data, trials, contender == _ARRAYS))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"trials": done, "seconds": seconds, "seconds_per_trial": seconds / done, "peak_gib": peak}


def _data(case: str) -> Data:
    return digits(4_096, 1_024) if case == "augmented" else CASES[case].load()


def _plain(case: str, data: Data, trials: int) -> int:
    workload = CASES[case]
    rows = replace(data, x=dataset(case, data, workload.batch_size), y=None)
    return len(optuna_loop(workload, rows, trials, Path()))


def _ours(case: str, data: Data, trials: int, arrays: bool, shuffle: bool = True) -> list[list[float]]:
    """The objectives of each trial; the first one is `FIXED`."""
    workload = CASES[case]
    given: dict[str, Any] = {"x": dataset(case, data, workload.batch_size, shuffle)}
    if arrays:
        given = {"x": data.x, "y": data.y, "batch_size": workload.batch_size}
    with tempfile.TemporaryDirectory() as folder:
        tuner = LossWeightTuner(workload.compiled, workload.space(), workload.objectives(), directory=folder, seed=SEED)
        count = max(1, trials - BASELINES)
        tuner.search(**given, validation_data=data.validation_data, epochs=workload.epochs, n_trials=count, verbose=0)
        return [trial.values for trial in tuner.study.trials]


def agree(case: str) -> float:
    """The largest difference of a fixed candidate's objectives, trained by us and by hand with compile and fit."""
    data, workload = _data(case).head(1_000), CASES[case]
    ours = _ours(case, data, 1, arrays=False, shuffle=False)[0]
    keras.utils.set_random_seed(SEED)
    model = workload.compiled()
    rows = dataset(case, data, workload.batch_size, shuffle=False)
    history = model.fit(rows, epochs=workload.epochs, validation_data=data.validation_data, verbose=0).history
    theirs = [history[key][-1] for key in workload.history_keys()]
    return max(abs(one - other) for one, other in zip(ours, theirs, strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes what the command line asks for; 1 where a case could not be timed."""
    asked = _parser().parse_args(arguments)
    for case in asked.case:
        difference = call("benchmarks.pipelines:agree", case=case)
        if not difference < _AGREE:
            raise BenchmarkError(f"{case}: objectives differ by {difference:.2g} from those of compile and fit")
        contenders = [_PLAIN, _OURS, *([_ARRAYS] if case == "mlp" else [])]
        measured = {}
        for one in contenders:
            trials = asked.rival_trials if one == _PLAIN else asked.trials
            measured[one] = call("benchmarks.pipelines:time_search", case=case, contender=one, trials=trials)
            print(f"{case}: {one} {measured[one]['seconds_per_trial']:.3f} s a trial", file=sys.stderr, flush=True)
        machine = call("benchmarks.machine:describe", matrix=1024, seconds=1.0)
        results.add(asked.results / FILE, {case: {"difference": difference, "machine": machine, **measured}})
        plain = measured[_PLAIN]["seconds_per_trial"]
        cells = {
            one: [f"{m['seconds_per_trial']:.3f} ({plain / m['seconds_per_trial']:.1f}×)", f"{m['peak_gib']:.2f}"]
            for one, m in measured.items()
        }
        results.print_table(case, cells, ["contender", "seconds per trial", "peak GiB"])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipelines", description=__doc__.splitlines()[0])
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES), help="only these cases")
    parser.add_argument("--trials", type=int, default=100, help="of our study (100)")
    parser.add_argument("--rival-trials", type=int, default=4, help="of the plain loop (4)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="folder of the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
