"""The command `loss-weight-tuner`."""

from tuner.cli._app import app, main
from tuner.cli._plan import StudyPlan

__all__ = ["StudyPlan", "app", "main"]
