"""The command `loss-weight-tuner`."""

from tuner.cli._app import app, main
from tuner.cli._plan import StudyPlan
from tuner.cli._study_file import read_study_file

__all__ = ["StudyPlan", "app", "main", "read_study_file"]
