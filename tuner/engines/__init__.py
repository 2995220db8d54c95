"""Engines train candidates; all of them keep the contract of `Engine`."""

from search_spaces import InputError, nearest
from tuner._progress import say
from tuner.engines._fit import FitEngine
from tuner.engines._protocol import Engine, Outcome, RunningTrial, Training, Trials

ENGINES = ("auto", "fit")

__all__ = ["ENGINES", "Engine", "FitEngine", "Outcome", "RunningTrial", "Training", "Trials", "choose_engine"]


def choose_engine(name: str, training: Training, verbose: int = 1) -> Engine:
    """The engine of this name; `auto` picks one and says which.

    Raises:
        InputError: Unknown name.
    """
    if name not in ENGINES:
        raise InputError(f"unknown engine {name!r}; {nearest(name, ENGINES)}")
    if verbose:
        say("Engine: fit. Each trial's model is built, compiled and fitted, one after the other.")
    return FitEngine(training)
