"""The objectives of a model on rows that are held out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import keras
import numpy as np

from search_spaces import by_output_name, output_structure
from tuner._keras_internals import input_structure, is_of_keras, nodes_of
from tuner.inputs import Arrays, Measure, match_rank, variables_put_back

_PREDICTED_ROWS = 1024


class Evaluation:
    """Measures the objectives of one model as often as asked for; training goes on as if nothing had been measured.

    Predictions of all rows are held in memory. So nothing is predicted of outputs that have no objective, where the model's own
    `predict` is Keras's: what is shown for inspection, attention for one, may be large.

    Args:
        model: A model; it may be trained on.
        measures: The objectives.
        outputs: Names of the model's outputs, in the order of the targets.

    >>> evaluation = Evaluation(build(), training.measures[:1], training.outputs)
    >>> len(evaluation(training.validation)), evaluation.predicted
    (1, ['urgent'])
    """

    def __init__(self, model: keras.Model, measures: Sequence[Measure], outputs: Sequence[str]) -> None:
        self._model, self._measures, self._outputs = model, measures, list(outputs)
        measured = {measure.output for measure in measures}
        self.part = measured_part(model, measured, outputs)
        self.predicted = self._outputs if self.part is model else [name for name in outputs if name in measured]

    def __call__(self, rows: Arrays) -> list[float]:
        """The objectives on these rows.

        Returns:
            One value per measure, in its own unit and direction; NaN where predictions are not finite.
        """
        with variables_put_back(self._model):
            predicted = self.part.predict(rows.inputs, batch_size=_PREDICTED_ROWS, verbose=0)
        predictions = by_output_name(predicted, self.predicted)
        return [self._value(measure, rows, predictions[measure.output]) for measure in self._measures]

    def _value(self, measure: Measure, rows: Arrays, prediction: np.ndarray) -> float:
        if not np.isfinite(prediction).all():  # some metrics give a number all the same
            return float("nan")
        at = self._outputs.index(measure.output)
        return measure.evaluate(match_rank(rows.targets[at], prediction), prediction, rows.weights[at])


def measured_part(model: keras.Model, measured: Collection[str], outputs: Sequence[str]) -> keras.Model:
    """The model with the measured outputs alone, a dictionary; the model itself where it has no others or a class of its own.

    Args:
        model: Its layers are shared.
        measured: Names of the outputs to predict.
        outputs: Names of all outputs, in order.

    >>> part = measured_part(build(), ["kind"], ["urgent", "kind"])
    >>> list(part.output)
    ['kind']
    """
    if set(outputs) <= set(measured) or not (is_of_keras(type(model)) and nodes_of(model)):
        return model
    tensors = by_output_name(output_structure(model), outputs)
    part = keras.Model(input_structure(model), {name: tensors[name] for name in outputs if name in measured})
    part.run_eagerly, part.jit_compile = model.run_eagerly, model.jit_compile
    return part
