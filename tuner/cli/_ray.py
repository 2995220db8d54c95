"""Workers on a Ray cluster: started as actors, replaced when they are lost, watched until the study has its trials."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from search_spaces import InputError
from tuner._progress import Listener, LiveProgress, say
from tuner.study import finished

if TYPE_CHECKING:
    from tuner._tuner import LossWeightTuner

_POLL_SECONDS = 0.5
_MOST_LOSSES = 20


def run_on_ray(
    path: Path,
    changed: Mapping[str, Any],
    address: str,
    workers: int,
    resources: Mapping[str, float],
    tuner: LossWeightTuner,
    trials: int,
) -> int:
    """Trains until the study has its trials.

    Args:
        path: The study file; it, what it names, and the storage must be found at the same place on every machine.
        changed: Settings of the command line that replace those of the file.
        address: Address of the cluster; `local` starts one on this machine.
        workers: Number of actors.
        resources: `num_cpus` and `num_gpus` of each actor.
        tuner: The tuner that the same file describes, to watch the study.
        trials: Number of trials that the study will have.

    Returns:
        Number of workers that were lost and replaced.

    Raises:
        InputError: Ray is not installed or not reached, or a worker refuses the study.
    """
    try:
        import ray
    except ImportError as error:
        raise InputError("--ray needs Ray: pip install 'loss-weight-tuner[ray]'") from error
    started = not ray.is_initialized()
    if started:
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise InputError(f"the Ray cluster at {address!r} cannot be reached: {error}") from error
    try:
        with LiveProgress(trials, _finished(tuner)) as listener:
            return _keep_working(ray, path, changed, workers, resources, tuner, listener)
    finally:
        if started:
            ray.shutdown()


def _keep_working(
    ray: Any,
    path: Path,
    changed: Mapping[str, Any],
    workers: int,
    resources: Mapping[str, float],
    tuner: LossWeightTuner,
    listener: Listener,
) -> int:
    # a lost actor is replaced by a new one, not restarted by Ray: what it had running is another trial then
    actor = ray.remote(**resources, max_restarts=0)(_Actor)

    def start() -> tuple[Any, Any]:
        handle = actor.remote()
        cores = max(1, int(resources["num_cpus"]))
        return handle.work.remote(str(path.resolve()), dict(changed), str(Path.cwd()), cores), handle

    running = dict(start() for _ in range(workers))
    lost, seen = 0, _finished(tuner)
    try:
        while running:
            ended, _ = ray.wait(list(running), timeout=_POLL_SECONDS)
            for reference in ended:
                running.pop(reference)
                problem = _problem(ray, reference)
                if problem is None:
                    continue
                lost += 1
                say(f"A worker was lost ({problem}); another one takes its place.")
                if lost > _MOST_LOSSES:
                    raise InputError(f"{lost} workers were lost, the last one because of: {problem}")
                running.update([start()])
            done = _finished(tuner)
            if done != seen:
                seen = done
                listener.trial_finished(tuner.study)
    finally:
        for handle in running.values():
            ray.kill(handle)
    return lost


def _finished(tuner: LossWeightTuner) -> int:
    """Number of trials that have ended; none before a worker has made the study."""
    try:
        return finished(tuner.study)
    except InputError:
        return 0


def _problem(ray: Any, reference: Any) -> str | None:
    """How the actor was lost; None where it ended as it should.

    Raises:
        InputError: The study itself is at fault.
    """
    try:
        refused = ray.get(reference)
    except ray.exceptions.RayActorError as error:
        return str(error).splitlines()[0]
    except ray.exceptions.RayTaskError as error:
        raise InputError(f"a worker failed:\n{error}") from None
    if refused:
        raise InputError(refused)
    return None


class _Actor:
    """One worker; a process of its own on some machine of the cluster."""

    def work(self, path: str, changed: dict[str, Any], folder: str, cores: int) -> str:
        """Trains trials until there are no more.

        Returns:
            Why it could not; empty where it did.
        """
        os.chdir(folder)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(cores)
        from tuner._errors import StudyStopped
        from tuner.cli._plan import plan_of_file

        try:
            plan_of_file(Path(path), **changed).work()
        except (InputError, StudyStopped) as error:
            return str(error)
        return ""
