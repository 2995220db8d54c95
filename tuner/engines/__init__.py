"""Engines train candidates; all of them keep the contract of `Engine`."""

from tuner.engines._fit import FitEngine
from tuner.engines._protocol import Engine, Outcome, RunningTrial, Training, Trials

__all__ = ["Engine", "FitEngine", "Outcome", "RunningTrial", "Training", "Trials"]
