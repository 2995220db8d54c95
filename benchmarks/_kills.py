"""Workers that are killed, a server that restarts, a machine that is lost: is everything still there, once?"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import optuna
import psutil
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

import reports
from benchmarks._faulty import BASELINES
from benchmarks._postgres import Postgres, missing
from search_spaces import names
from tuner.storage import open_storage

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "benchmarks" / "_faulty.py"
_NAME = "faulty"
_LONGEST_SECONDS = 1800.0


def kills(quick: bool) -> list[dict[str, Any]]:
    """SIGKILL at random moments of a study that four workers train; each dead one is replaced.

    Most of the time a worker is hit that trains a trial just then, else any: reading TensorFlow takes them longer than training.
    """
    wanted, workers, trials, random_ = (3, 2, 8, random.Random(1)) if quick else (50, 4, 40, random.Random(0))
    with _folder() as folder:
        alone = _undisturbed(trials)
        rows, killed, number = [], 0, 0
        while killed < wanted:
            number += 1
            place = folder / f"killed-{number}"
            crew = [_worker(place, trials) for _ in range(workers)]
            seen, own = Finished(), 0
            while killed < wanted and any(process.poll() is None for process in crew):
                time.sleep(random_.uniform(0.2, 4.0))
                busy = [at for at in range(workers) if crew[at].pid in _training(_stored(place))]
                at = random_.choice(busy if busy and random_.random() < 0.8 else range(workers))
                if crew[at].poll() is None:
                    seen.look(_stored(place))
                    os.kill(crew[at].pid, signal.SIGKILL)
                    crew[at].wait()
                    crew[at] = _worker(place, trials)
                    killed, own = killed + 1, own + 1
            problems = _wait(crew)
            rows.append({"study": number, "kills": own, **_judged(_stored(place), seen, alone, trials, problems)})
        return rows


def postgresql(quick: bool) -> list[dict[str, Any]]:
    """Workers on a real PostgreSQL that is stopped at once and started again, twice."""
    if lacks := missing():
        raise SystemExit(f"PostgreSQL is not here: no {lacks}")
    workers, trials = (2, 8) if quick else (8, 60)
    with _folder() as folder:
        alone, server = _undisturbed(trials), Postgres(folder / "server")
        server.start()
        try:
            crew = [_worker(folder / "postgresql", trials, FAULTY_STORAGE=server.url) for _ in range(workers)]
            seen = Finished()
            for part in (0.25, 0.6):
                _until(lambda part=part: len(_complete(_stored(folder, server.url))) >= part * trials, crew)
                seen.look(_stored(folder, server.url))
                server.stop()
                time.sleep(2.0)
                server.start()
            problems = _wait(crew)
            return [{"restarts": 2, "workers": workers, **_judged(_stored(folder, server.url), seen, alone, trials, problems)}]
        finally:
            server.stop()


def ray_nodes(quick: bool) -> list[dict[str, Any]]:
    """Workers on a local Ray cluster of three nodes, one of which is removed while its worker trains."""
    from ray.cluster_utils import Cluster

    trials = 30 if quick else 60
    with _folder() as folder:
        alone, place = _undisturbed(trials), folder / "ray"
        os.environ |= _settings(place, trials)  # the nodes hand their own environment to the workers
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        try:
            nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
            command = ["run", str(STUDY), "--ray", cluster.address, "--workers", "3"]
            driver = _start(command, place, trials)
            busy: list[Any] = []
            _until(lambda: busy.extend(_busy(nodes, _stored(place))) or busy, [driver])
            seen = Finished()
            seen.look(_stored(place))
            for node in busy[:1]:
                cluster.remove_node(node, allow_graceful=False)
            problems = _wait([driver])
            said = (place / "log").read_text(errors="replace")
            lost = said.count("A worker was lost")
            judged = _judged(_stored(place), seen, alone, trials, problems)
            judged["holds"] = judged["holds"] and lost > 0 and judged["processes"] > 1
            return [{"nodes": 3, "removed": len(busy[:1]), "workers replaced": lost, **judged}]
        finally:
            cluster.shutdown()


def _training(study: optuna.Study | None) -> set[int]:
    """The processes that train a trial now, or died of it."""
    running = [] if study is None else study.get_trials(states=(TrialState.RUNNING,))
    return {trial.user_attrs[names.WORKER]["pid"] for trial in running if names.WORKER in trial.user_attrs}


def _busy(nodes: list[Any], study: optuna.Study | None) -> list[Any]:
    """The nodes whose workers train a trial now."""
    parents = {psutil.Process(pid).ppid() for pid in _training(study) if psutil.pid_exists(pid)}
    return [node for node in nodes if node.all_processes["raylet"][0].process.pid in parents]


class Finished:
    """What was finished at some moment must be so for ever."""

    def __init__(self) -> None:
        self.values: dict[int, list[float]] = {}

    def look(self, study: optuna.Study | None) -> None:
        """Notes what is finished now."""
        self.values |= {trial.number: trial.values for trial in _complete(study)}

    def lost(self, study: optuna.Study) -> int:
        """How many of those are not there now, or are others."""
        now = {trial.number: trial.values for trial in _complete(study)}
        return sum(now.get(number) != values for number, values in self.values.items())


def _judged(
    study: optuna.Study | None, seen: Finished, alone: Mapping[str, list[float]], trials: int, problems: int
) -> dict[str, Any]:
    assert study is not None
    complete = _complete(study)
    keys = [_key(trial) for trial in complete]
    ranking = reports.rank(study)
    ranked = [keys[[trial.number for trial in complete].index(number)] for number in ranking[names.TRIAL]]
    values = dict(zip(keys, (trial.values for trial in complete), strict=True))
    lost, twice = seen.lost(study), len(keys) - len(set(keys))
    same = values == dict(alone) and ranked == list(alone)
    return {
        "trials": len(complete),
        "processes": len({trial.user_attrs[names.WORKER]["pid"] for trial in complete}),
        "interrupted": sum(_state(trial) == names.INTERRUPTED for trial in study.trials),
        "lost": lost,
        "twice": twice,
        "same ranking as alone": same,
        "workers that failed": problems,
        "holds": not lost and not twice and same and not problems and len(complete) == trials + BASELINES,
    }


@cache
def _undisturbed(trials: int) -> Mapping[str, list[float]]:
    """Values by candidate of one worker that nothing happens to, in the order of the ranking; the parts share them."""
    with _folder() as place:
        assert not _wait([_worker(place, trials)])
        study = _stored(place)
        assert study is not None
        by_number = {trial.number: trial for trial in _complete(study)}
        ordered = [by_number[number] for number in reports.rank(study)[names.TRIAL]]
        return {_key(trial): trial.values for trial in ordered}


def _worker(place: Path, trials: int, **environment: str) -> subprocess.Popen[bytes]:
    return _start(["worker", str(STUDY)], place, trials, **environment)


def _start(command: list[str], place: Path, trials: int, **environment: str) -> subprocess.Popen[bytes]:
    place.mkdir(parents=True, exist_ok=True)
    line = [sys.executable, "-m", "tuner", *command]
    changed = {**os.environ, **_settings(place, trials), **environment}
    with (place / "log").open("ab") as log:
        return subprocess.Popen(line, cwd=place, env=changed, stdout=log, stderr=log)


def _settings(place: Path, trials: int) -> dict[str, str]:
    """What the study reads from the environment, and where Python finds it."""
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {"FAULTY_DIRECTORY": str(place), "FAULTY_TRIALS": str(trials), "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": paths}


def _stored(place: Path, url: str | None = None) -> optuna.Study | None:
    """The study as it is stored now; None where there is none yet."""
    if url is None and not (place / _NAME / "journal.log").exists():
        return None
    storage: BaseStorage = open_storage(url, place / _NAME)
    if _NAME not in optuna.get_all_study_names(storage):
        return None
    return optuna.load_study(study_name=_NAME, storage=storage)


def _complete(study: optuna.Study | None) -> list[FrozenTrial]:
    return [] if study is None else [trial for trial in study.trials if trial.state == TrialState.COMPLETE]


def _key(trial: FrozenTrial) -> str:
    """What a trial trained, whoever trained it."""
    candidate = trial.user_attrs[names.CANDIDATE]
    return f"{trial.user_attrs.get(names.BASELINE, '')} {candidate['learning_rate']} {candidate['weights']}"


def _state(trial: FrozenTrial) -> str:
    return str(trial.user_attrs.get(names.OUTCOME, {}).get("state", ""))


def _until(reached: Any, crew: list[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + _LONGEST_SECONDS
    while not reached() and any(process.poll() is None for process in crew) and time.monotonic() < end:
        time.sleep(0.2)


def _wait(crew: list[subprocess.Popen[bytes]]) -> int:
    """How many failed."""
    timer = threading.Timer(_LONGEST_SECONDS, lambda: [process.kill() for process in crew])
    timer.start()
    try:
        return sum(process.wait() != 0 for process in crew)
    finally:
        timer.cancel()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
