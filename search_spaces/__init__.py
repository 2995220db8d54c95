"""The search space: learning rate, optimizer, losses and weights per output, architecture.

Importing this package imports neither Keras nor Optuna; they are imported where an object of theirs is read or made.
"""

from search_spaces import names
from search_spaces._candidate import Candidate
from search_spaces._compile_settings import (
    compile_like,
    compile_settings,
    compiled_metrics,
    name_metrics_afresh,
)
from search_spaces._compiled import compiled_candidate, weights_that_are_variables
from search_spaces._crossentropy import candidate_by_shapes, crossentropy_for, outputs_by_shapes, space_by_shapes
from search_spaces._files import write_atomically
from search_spaces._held_variables import held_variables, with_own_losses
from search_spaces._keras_internals import automatic_numbers
from search_spaces._keras_names import public_classes, snake_case
from search_spaces._losses import LossSpec
from search_spaces._optimizers import OptimizerSpec, learning_rate_of
from search_spaces._outputs import OutputSpace
from search_spaces._pairing import paired_metrics
from search_spaces._places import placed, with_live_objects
from search_spaces._problems import InputError, Problems, nearest
from search_spaces._quiet import quiet_optuna
from search_spaces._schedules import scaled_settings
from search_spaces._schema import SCHEMA, check_schema
from search_spaces._space import SearchSpace
from search_spaces._specs import Spec
from search_spaces._structures import (
    by_output_name,
    for_compile,
    in_model_structure,
    in_output_order,
    keras_output_names,
    name_outputs,
    note_outputs,
    output_aliases,
    output_names,
    output_structure,
    outputs_are_known,
    renamed,
)
from search_spaces._weights import IndependentWeights, RelativeWeights, SimplexWeights

__all__ = [
    "SCHEMA",
    "Candidate",
    "IndependentWeights",
    "InputError",
    "LossSpec",
    "OptimizerSpec",
    "OutputSpace",
    "Problems",
    "RelativeWeights",
    "SearchSpace",
    "SimplexWeights",
    "Spec",
    "automatic_numbers",
    "by_output_name",
    "candidate_by_shapes",
    "check_schema",
    "compile_like",
    "compile_settings",
    "compiled_candidate",
    "compiled_metrics",
    "crossentropy_for",
    "for_compile",
    "held_variables",
    "in_model_structure",
    "in_output_order",
    "keras_output_names",
    "learning_rate_of",
    "name_metrics_afresh",
    "name_outputs",
    "names",
    "nearest",
    "note_outputs",
    "output_aliases",
    "output_names",
    "output_structure",
    "outputs_are_known",
    "outputs_by_shapes",
    "paired_metrics",
    "placed",
    "public_classes",
    "quiet_optuna",
    "renamed",
    "scaled_settings",
    "snake_case",
    "space_by_shapes",
    "weights_that_are_variables",
    "with_live_objects",
    "with_own_losses",
    "write_atomically",
]
