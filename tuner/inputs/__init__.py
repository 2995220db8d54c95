"""What a person gives, checked once and brought into one form: the model, objectives, data, outputs."""

from tuner.inputs._architecture import Architecture, candidate_from_compile
from tuner.inputs._argument_checks import (
    check_choice,
    check_name,
    check_outputs,
    check_stateful,
    check_trainable,
    check_whole_number,
)
from tuner.inputs._arrays import Arrays, TrainingData, first_rows, take_rows
from tuner.inputs._column_names import check_column_names
from tuner.inputs._fingerprints import fingerprint
from tuner.inputs._folds import Fold
from tuner.inputs._graph_effects import graph_effects
from tuner.inputs._layers import all_layers, has_random_layers, own_loop
from tuner.inputs._measures import Measure, afresh
from tuner.inputs._metric_names import has_families
from tuner.inputs._model_calls import call_model, stateless_call
from tuner.inputs._objective_forms import as_objectives
from tuner.inputs._objectives import Objective, default_objectives, label
from tuner.inputs._preparation import Preparation
from tuner.inputs._quiet import quiet_tensorflow, quiet_where_untrained
from tuner.inputs._random_states import random_states_put_back, variables_put_back
from tuner.inputs._reading import read_arrays, training_data, validation_arrays
from tuner.inputs._resolving import resolve
from tuner.inputs._row_order import RowOrder
from tuner.inputs._short_hash import short_hash
from tuner.inputs._structures import by_output_name, in_model_structure, in_output_order, match_rank
from tuner.inputs._training import Training, Watched
from tuner.inputs._unreadable import in_words
from tuner.inputs.fixed_part import OtherFixedPart, TrainedPart, with_fixed_part_computed

__all__ = [
    "Architecture",
    "Arrays",
    "Fold",
    "Measure",
    "Objective",
    "OtherFixedPart",
    "Preparation",
    "RowOrder",
    "TrainedPart",
    "Training",
    "TrainingData",
    "Watched",
    "afresh",
    "all_layers",
    "as_objectives",
    "by_output_name",
    "call_model",
    "candidate_from_compile",
    "check_choice",
    "check_column_names",
    "check_name",
    "check_outputs",
    "check_stateful",
    "check_trainable",
    "check_whole_number",
    "default_objectives",
    "fingerprint",
    "first_rows",
    "graph_effects",
    "has_families",
    "has_random_layers",
    "in_model_structure",
    "in_output_order",
    "in_words",
    "label",
    "match_rank",
    "own_loop",
    "quiet_tensorflow",
    "quiet_where_untrained",
    "random_states_put_back",
    "read_arrays",
    "resolve",
    "short_hash",
    "stateless_call",
    "take_rows",
    "training_data",
    "validation_arrays",
    "variables_put_back",
    "with_fixed_part_computed",
]
