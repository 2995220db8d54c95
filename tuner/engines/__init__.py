"""Engines train candidates; all of them keep the contract of `Engine`."""

from pathlib import Path

from search_spaces import InputError, SearchSpace, nearest
from tuner._errors import first_line
from tuner._progress import say
from tuner.engines._by_fold import TrialsByFold
from tuner.engines._evaluation import Evaluation
from tuner.engines._fit import FitEngine, compile_candidate
from tuner.engines._protocol import Decisions, Engine, Outcome, RunningTrial, Trials
from tuner.engines.fused import FusedEngine, space_refusals, training_refusals
from tuner.inputs import Training

ENGINES = ("auto", "fused", "fit")

__all__ = [
    "ENGINES",
    "Engine",
    "Evaluation",
    "FitEngine",
    "FusedEngine",
    "Outcome",
    "RunningTrial",
    "Trials",
    "TrialsByFold",
    "choose_engine",
    "compile_candidate",
]


def choose_engine(
    name: str,
    training: Training,
    space: SearchSpace,
    expected: int,
    folder: Path | None = None,
    verbose: int = 1,
    decisions: Decisions | None = None,
) -> Engine:
    """Makes the engine of this name; `auto` takes `fused` where it can, and says which and why.

    Args:
        name: `auto`, `fused` or `fit`.
        training: What all trials share.
        space: What the trials choose from.
        expected: Number of trials that are likely to come.
        folder: Where the fused engine remembers what it measured.
        verbose: 0 says nothing.
        decisions: The shared decisions of the study; this engine decides for itself where left out.

    Raises:
        InputError: The name is unknown, or `fused` cannot train this study.

    >>> choose_engine("auto", training, space, expected=100, verbose=0).name
    'fused'
    """
    if name not in ENGINES:
        raise InputError(f"unknown engine {name!r}; {nearest(name, ENGINES)}")
    if name == "fit":
        return _fit(training, "as asked for", verbose)
    reasons = _refusals(training)
    if name == "fused":
        reasons += space_refusals(space)
        if reasons:
            raise InputError(f"engine='fused' cannot train this study: {'; '.join(reasons)}. Use engine='auto' or 'fit'", reasons)
    if reasons:
        return _fit(training, reasons[0], verbose)
    try:
        engine = FusedEngine(training, space, expected, folder, verbose, decisions)
    except Exception as error:  # noqa: BLE001  whatever lanes cannot take, `fit` may
        return _fit(training, f"lanes cannot be prepared ({first_line(error)})", verbose)
    if verbose:
        say("Engine: fused. Trials train side by side as lanes of one traced program, with the results of compile and fit.")
    return engine


def _refusals(training: Training) -> list[str]:
    """Why no trial of this study can train in lanes; an error on the way is a reason too."""
    try:
        return training_refusals(training, training.architecture.sample())
    except Exception as error:  # noqa: BLE001  `fit` meets it again, with a trial that it fails, or not at all
        return [f"the model cannot be looked at ({first_line(error)})"]


def _fit(training: Training, reason: str, verbose: int) -> FitEngine:
    if verbose:
        say(f"Engine: fit, {reason}. Each trial's model is built, compiled and fitted, one after the other.")
    return FitEngine(training)
