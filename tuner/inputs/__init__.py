"""What a person gives, checked once and brought into one form: the model, objectives, data, outputs."""

from tuner.inputs._architecture import Architecture, current
from tuner.inputs._checks import check_name, check_outputs, check_whole
from tuner.inputs._data import Arrays, TrainingData, fingerprint, take
from tuner.inputs._layers import all_layers, has_random_layers, own_loop
from tuner.inputs._objectives import Measure, Objective, default_objectives, label, resolve
from tuner.inputs._preparation import Preparation
from tuner.inputs._quiet import quiet_tensorflow
from tuner.inputs._structures import by_name, flat, matching
from tuner.inputs._training import Training

__all__ = [
    "Architecture",
    "Arrays",
    "Measure",
    "Objective",
    "Preparation",
    "Training",
    "TrainingData",
    "all_layers",
    "by_name",
    "check_name",
    "check_outputs",
    "check_whole",
    "current",
    "default_objectives",
    "fingerprint",
    "flat",
    "has_random_layers",
    "label",
    "matching",
    "own_loop",
    "quiet_tensorflow",
    "resolve",
    "take",
]
