"""What more workers bring, and what storing and asking cost when there are many of them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import optuna
from optuna.samplers import RandomSampler
from optuna.trial import create_trial

from benchmarks._crew import SPACE, Crew, open_study, results, together, value
from benchmarks._kills import _complete, _stored, _wait, _worker
from benchmarks._postgres import Postgres, missing
from search_spaces import names, quiet_optuna
from tuner.engines import Outcome
from tuner.storage import open_storage
from tuner.study import default_sampler


def scaling(quick: bool) -> list[dict[str, Any]]:
    """Trials a second of one and two workers; trials stored a second by many; seconds to ask after many trials."""
    return [*_training(quick), *_storing(quick), *_asking(quick)]


def _training(quick: bool) -> list[dict[str, Any]]:
    rows = []
    for engine, trials in (("fit", 6 if quick else 40), ("fused", 20 if quick else 400)):
        for workers in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                place = Path(folder)
                threads = {} if workers == 1 else {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
                problems = _wait([_worker(place, trials, FAULTY_ENGINE=engine, **threads) for _ in range(workers)])
                complete = _complete(_stored(place))
                began = min(trial.datetime_start for trial in complete if trial.datetime_start)
                ended = max(trial.datetime_complete for trial in complete if trial.datetime_complete)
                rate = len(complete) / (ended - began).total_seconds()
                what = f"trials a second, {engine}, from the first trial's start"
                rows.append({"what": what, "workers": workers, "trials": len(complete), "rate": rate, "holds": not problems})
    return rows


def _storing(quick: bool) -> list[dict[str, Any]]:
    """Whole trials without training: started, drawn, stored. The workers are threads, which share one interpreter."""
    rows, trials = [], (60 if quick else 400)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        places: dict[str, str | None] = {"journal file": None}
        server = None
        if not missing():
            server = Postgres(Path(folder) / "server")
            server.start()
            places["PostgreSQL"] = server.url
        try:
            for kind, url in places.items():
                for workers in (1, 4) if quick else (1, 8, 32):
                    place = Path(folder) / f"{workers}"
                    place.mkdir(exist_ok=True)
                    if url is not None:
                        for name in optuna.get_all_study_names(open_storage(url, place)):
                            optuna.delete_study(study_name=name, storage=open_storage(url, place))
                    crews = [Crew(open_storage(url, place), trials, RandomSampler(seed=1)) for _ in range(workers)]
                    began = time.perf_counter()
                    together(crews)
                    rate = trials / (time.perf_counter() - began)
                    done = len(results(crews[0].study))
                    row = {"what": f"trials stored a second, {kind}", "workers": workers, "trials": done, "rate": rate}
                    rows.append(row | {"holds": done == trials})
        finally:
            if server is not None:
                server.stop()
    return rows


def _asking(quick: bool) -> list[dict[str, Any]]:
    rows = []
    for count in (100, 300) if quick else (100, 1_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            study = open_study(open_storage(None, Path(folder)))
            with quiet_optuna():
                drawn = optuna.create_study(directions=study.directions, sampler=RandomSampler(seed=0))
            for _ in range(count):
                trial = drawn.ask()
                candidate = SPACE.suggest(trial)
                reached = value(candidate)
                attributes = {names.CANDIDATE: candidate.to_dict()}
                attributes[names.OUTCOME] = Outcome(names.COMPLETE, [reached], 1.0, "formula").to_dict()
                study.add_trial(
                    create_trial(params=trial.params, distributions=trial.distributions, values=reached, user_attrs=attributes)
                )
                drawn.tell(trial, state=optuna.trial.TrialState.FAIL)
            study.sampler = default_sampler(0, count, 0, conditional=False)
            took = []
            for _ in range(5):
                began = time.perf_counter()
                SPACE.suggest(study.ask())
                took.append(time.perf_counter() - began)
            rows.append({"what": "seconds to ask, TPE, journal file", "trials": count, "seconds": sorted(took)[2], "holds": None})
    return rows
