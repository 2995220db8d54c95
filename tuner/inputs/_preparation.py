"""From what a person gives to what engines train on: everything is checked before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import keras

from search_spaces import (
    InputError,
    LossSpec,
    Problems,
    SearchSpace,
    by_output_name,
    crossentropy_for,
    learning_rate_of,
    output_aliases,
    output_names,
    output_structure,
    outputs_are_known,
    renamed,
    space_by_shapes,
)
from tuner._errors import first_line
from tuner.inputs._architecture import Architecture
from tuner.inputs._argument_checks import check_choice, check_epochs, check_seconds, check_steps, check_whole_number
from tuner.inputs._arrays import Arrays, TrainingData, first_rows, take_rows
from tuner.inputs._best_epoch import check_kept_epoch, keep_best
from tuner.inputs._callbacks import Callbacks, check_monitors, check_settable, read_callbacks
from tuner.inputs._class_weights import ClassWeights, read_class_weight, weighted_by_class
from tuner.inputs._datasets import in_batches
from tuner.inputs._folds import Fold, read_folds
from tuner.inputs._ignored_classes import without_ignored
from tuner.inputs._layers import has_random_layers
from tuner.inputs._masks import with_masks
from tuner.inputs._measures import Measure
from tuner.inputs._metric_names import counts_each_label
from tuner.inputs._objective_checks import check_measures, check_targets
from tuner.inputs._output_kinds import OutputKind, kinds_by_data
from tuner.inputs._quiet import quiet_tensorflow
from tuner.inputs._random_states import variables_put_back
from tuner.inputs._reading import first_inputs, training_data, validation_arrays
from tuner.inputs._resolving import resolve
from tuner.inputs._row_checks import check_rows, check_same_shapes
from tuner.inputs._step_weights import spread_over_steps
from tuner.inputs._steps import steps_of_arrays
from tuner.inputs._structures import are_keyed, in_model_structure
from tuner.inputs._training import Training, Watched
from tuner.inputs._unused_outputs import unused_outputs
from tuner.inputs._validation_split import split_off, with_rows
from tuner.production import output_shapes

_SHOWN_ROWS = 32
UNREAD = object()
"""In place of validation data that a mistake in the training data or in their split leaves unknown."""


@dataclass(frozen=True)
class Preparation:
    """Reads and checks data and numbers.

    Attributes:
        architecture: Builds the models.
        example: The model of the study's seed, with every hyperparameter at its default; never trained.
        seed: The study's seed.
        space: What may be chosen.
        measures: The objectives, ready to be computed.
        by_shapes: The outputs with the loss `"crossentropy"`, which Keras chooses by the shapes of targets and predictions.
    """

    architecture: Architecture
    example: keras.Model
    seed: int
    space: SearchSpace
    measures: Sequence[Measure]
    by_shapes: Sequence[str] = ()

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs, in order; a model that was never called has those that it was compiled with."""
        return output_names(self.example)

    def search(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        validation_data: Any,
        epochs: int,
        batch_size: int | None,
        n_trials: int,
        shuffle: bool,
        timeout: float | None = None,
        verbose: int | str = 1,
        validation_split: float | None = None,
        class_weight: Any = None,
        callbacks: Any = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        epoch: str = "last",
        monitor: str | None = None,
        cv: Any = None,
        groups: Any = None,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
    ) -> Training:
        """What the trials of a search share; the arguments are those of `LossWeightTuner.search`.

        Raises:
            InputError: All mistakes at once.
        """
        problems = Problems("the search cannot start")
        epochs = check_whole_number("epochs", epochs, 1, problems)
        check_whole_number("n_trials", n_trials, 1, problems)
        size = check_whole_number("batch_size", 32 if batch_size is None else batch_size, 1, problems)
        check_seconds("timeout", timeout, problems)
        check_choice("shuffle", shuffle, (True, False), problems)
        check_choice("verbose", verbose, (0, 1, 2, "auto"), problems)
        watched_at_once = size
        if validation_batch_size is not None:
            watched_at_once = check_whole_number("validation_batch_size", validation_batch_size, 1, problems)
        watched_epochs = check_epochs("validation_freq", validation_freq, problems)
        check_kept_epoch(epoch, monitor, problems)
        steps = check_steps("steps_per_epoch", steps_per_epoch, problems)
        held_out_steps = check_steps("validation_steps", validation_steps, problems)
        data = self._training_data(x, y, sample_weight, epochs, steps, bool(shuffle), problems)
        chosen = self._crossentropies(data)
        ready = replace(self, space=space_by_shapes(self.space, chosen))
        if cv is None:
            data, given = self._split(data, validation_data, validation_split, problems)
            folds: tuple[Fold, ...] = ()
        else:
            given, folds = self._cross_validated(
                data, cv, groups, (validation_data, validation_split, validation_steps), problems
            )
        weights = read_class_weight(class_weight, self._trained, sample_weight, problems, self._untrained)
        data = ready._checked(self._weighted(data, weights, problems), size, problems)
        steps = None if data is None else steps_of_arrays(data, size, epochs, steps, problems)
        if steps is not None and cv is not None:
            problems.add("steps_per_epoch and cv cannot go together: folds have fewer rows than the data; leave one of them out")
        validation = None
        if given is not UNREAD:
            validation = ready._held_out(given, data, size, "validation", problems, (held_out_steps, watched_at_once))
        measures, notes = ready._in_the_light_of(validation, problems)
        if validation is not None:
            for number, fold in enumerate(folds, start=1):
                held_out = take_rows(validation.rows, fold.validate)
                check_targets(measures, self.outputs, held_out, f"cv: fold {number}", problems)
        best = keep_best(monitor, epochs, measures, problems) if epoch == "best" else None
        own = read_callbacks(callbacks, epochs, self._compiled_rate, problems, best)
        problems.raise_any()
        assert data is not None
        assert validation is not None
        notes = (*data.notes, *(_loss_by_shapes(output, loss) for output, loss in chosen.items()), *notes)
        training = Training(
            self.architecture,
            tuple(self.outputs),
            data,
            validation.rows,
            measures,
            epochs,
            batch_size=data.order.batch_size if data.order is not None else size if data.arrays is not None else None,
            shuffle=bool(shuffle) if data.order is None else bool(data.order.shuffle),
            notes=notes,
            class_weight=weights,
            folds=folds,
            crossentropies=chosen,
            steps_per_epoch=steps,
            held_out=None if folds else validation.given,
        )
        if own is None:
            return training
        return self._watched(training, own, Watched(validation.given, watched_at_once, watched_epochs), problems)

    def confirmation(self, training: Training | None, top: int, seeds: int, test_data: Any, verbose: int | str = 1) -> Training:
        """What replicates share: the search's training, None where there was none, and the test data.

        Raises:
            InputError: All mistakes at once.
        """
        problems = Problems("the replicates cannot start")
        if training is None:
            problems.add("confirm trains again and needs the data: call search first, the same call resumes it")
        check_whole_number("top", top, 1, problems)
        check_whole_number("seeds", seeds, 2, problems)
        check_choice("verbose", verbose, (0, 1, 2, "auto"), problems)
        if training is not None and self._same_whatever_the_seed(training):
            problems.add(
                "replicates would all be the same: the model starts from the same weights whatever the seed, no layer draws "
                "random numbers, and shuffle=False; give a build function, or search with shuffle=True"
            )
        data = None if training is None else training.data
        rows_at_a_time = 32 if training is None or training.batch_size is None else training.batch_size
        test = None if test_data is None else self._held_out(test_data, data, rows_at_a_time, "test", problems)
        if test is not None and training is not None:
            self._check_measures(training.measures, test, problems)
        problems.raise_any()
        assert training is not None
        return replace(training, test=None if test is None else test.rows)

    def _training_data(
        self, x: Any, y: Any, sample_weight: Any, epochs: int, steps: int | None, shuffle: bool, problems: Problems
    ) -> TrainingData | None:
        """The training data; None where they cannot be read."""
        try:
            x = in_batches(x)
            if not outputs_are_known(self.example) or not self.example.built:
                self._show(first_inputs(x, _SHOWN_ROWS))
            y, sample_weight = renamed(y, self._aliases), renamed(sample_weight, self._aliases)
            keyed = are_keyed(self.example, self.outputs)
            return training_data(x, y, sample_weight, self.outputs, keyed, self._unused, epochs, steps, shuffle)
        except InputError as error:
            problems.include(error)
            return None

    def _crossentropies(self, data: TrainingData | None) -> dict[str, LossSpec]:
        """The loss that `"crossentropy"` means for each output, as Keras chooses it by the shapes of the first batch."""
        if data is None:
            return {}
        shapes = by_output_name(output_structure(self.example), self.outputs)
        targets = dict(zip(self.outputs, data.checked.targets, strict=True))
        return {output: crossentropy_for(targets[output].shape, shapes[output].shape) for output in self.by_shapes}

    def _split(
        self, data: TrainingData | None, validation_data: Any, share: Any, problems: Problems
    ) -> tuple[TrainingData | None, Any]:
        """The rows to train on, and what is given to validate with; as in Keras, `validation_data` wins over a split."""
        if share is None or (isinstance(share, int | float) and share == 0) or validation_data is not None:
            return data, validation_data
        if data is None:
            return None, UNREAD
        try:
            return split_off(data, share)
        except InputError as error:
            problems.include(error)
            return data, UNREAD

    def _cross_validated(
        self, data: TrainingData | None, cv: Any, groups: Any, held_out: Sequence[Any], problems: Problems
    ) -> tuple[Any, tuple[Fold, ...]]:
        """The rows that folds are measured on, and the folds."""
        if any(one is not None for one in held_out):
            problems.add(
                "cv holds out rows of x in turn: leave out validation_data, validation_split and validation_steps, or cv"
            )
        if data is None:
            return UNREAD, ()
        if data.arrays is None or (data.order is not None and data.order.recorded is not None):
            why = (
                f"{data.unread}, so that it is not held in memory" if data.arrays is None else "it yields other rows in each pass"
            )
            problems.add(f"cv takes rows of arrays, and x is a dataset: {why}; give its rows as arrays")
            return UNREAD, ()
        return data.arrays, read_folds(cv, groups, data.arrays.rows, self.seed, problems)

    def _weighted(self, data: TrainingData | None, class_weight: ClassWeights, problems: Problems) -> TrainingData | None:
        """The training data, weighted by class."""
        if data is None or not class_weight:
            return data
        if data.arrays is None:
            problems.add(
                f"class_weight weighs rows in memory, and x is a dataset, of which {data.unread}; let it yield "
                "(x, y, sample_weight)"
            )
            return data
        return with_rows(data, weighted_by_class(data.arrays, class_weight, self.outputs, problems))

    def _checked(self, data: TrainingData | None, batch_size: int, problems: Problems) -> TrainingData | None:
        """The training data, checked with the untrained model."""
        if data is None:
            return None
        predictions = check_rows(self.example, self.space, self.outputs, data.checked, batch_size, "the training data", problems)
        if data.arrays is None or not predictions:
            return data
        return replace(data, arrays=spread_over_steps(data.arrays, predictions, self.outputs))

    def _held_out(
        self,
        given: Any,
        data: TrainingData | None,
        batch_size: int,
        kind: str,
        problems: Problems,
        steps: tuple[int | None, int] = (None, 32),
    ) -> HeldOut | None:
        """Validation or test data, checked, without what model and losses leave out; None where there are problems.

        Of `steps` batches alone, of so many rows where they are arrays.
        """
        what, before = f"the {kind} data", len(problems.lines)
        try:
            keyed = are_keyed(self.example, self.outputs)
            rows = (
                given
                if isinstance(given, Arrays)
                else validation_arrays(self._renamed_rows(given), self.outputs, kind, keyed, self._unused, *steps)
            )
        except InputError as error:
            for line in error.lines:
                problems.add(line if kind in line else f"{what}: {line}")
            return None
        predictions = check_rows(self.example, self.space, self.outputs, rows, batch_size, what, problems)
        if data is not None:
            check_same_shapes(self.outputs, data.checked, rows, output_shapes(self.example), what, problems)
        if len(problems.lines) > before or not predictions:
            return None
        masked = with_masks(self.example, self.outputs, spread_over_steps(rows, predictions, self.outputs))
        return HeldOut(what, without_ignored(self.space, self.outputs, masked), predictions, rows)

    def _in_the_light_of(self, held_out: HeldOut | None, problems: Problems) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
        """The objectives, read in the light of the data too, and sentences on what is read otherwise than its loss says."""
        if held_out is None or not set(self.space.outputs) <= set(self.outputs):
            return tuple(self.measures), ()
        kinds = kinds_by_data(self.example, self.space, self.outputs, held_out.rows, held_out.predictions)
        try:
            measures = resolve([measure.objective for measure in self.measures], self.space, kinds, self._untrained)
        except InputError as error:
            problems.include(error)
            return tuple(self.measures), ()
        self._check_measures(measures, held_out, problems)
        logits = (_logits_taken(output, kind) for output, kind in kinds.items() if kind.takes_logits_behind)
        return tuple(measures), (*logits, *_labels_counted(measures, kinds, held_out))

    def _watched(self, training: Training, callbacks: Callbacks, watched: Watched, problems: Problems) -> Training:
        """The same training with callbacks, which watch these validation rows."""
        check_settable(callbacks, self.space.optimizer, problems)
        self._check_monitors(callbacks, watched.rows, training.measures, problems)
        problems.raise_any()
        said = replace(training, notes=(*training.notes, *_on_callbacks(callbacks, self._compiled_rate)))
        return replace(said, callbacks=callbacks, watched=watched) if callbacks.described else said

    def _check_monitors(self, callbacks: Callbacks, rows: Arrays, measures: Sequence[Measure], problems: Problems) -> None:
        """What callbacks watch must be logged."""
        logged = self._logged(first_rows(rows, _SHOWN_ROWS))
        check_monitors(callbacks, self.example, logged, [measure.objective.name for measure in measures], problems)

    def _logged(self, few: Arrays) -> dict[str, float]:
        """What `evaluate` logs: told by the untrained model on a few rows; losses alone where it is not compiled."""
        if not self.example.compiled or self.example.optimizer is None:
            of_outputs = self._trained if len(self.outputs) > 1 else []
            return dict.fromkeys(["loss", *(f"{output}_loss" for output in of_outputs)], 0.0)
        targets = in_model_structure(self.example, few.targets, self.outputs)
        with quiet_tensorflow(), variables_put_back(self.example):
            logged = self.example.evaluate(few.inputs, targets, batch_size=_SHOWN_ROWS, verbose=0, return_dict=True)
        return dict(logged)

    def _check_measures(self, measures: Sequence[Measure], held_out: HeldOut, problems: Problems) -> None:
        rows, predictions = held_out.rows, held_out.predictions
        check_measures(self.example, measures, self.outputs, rows, predictions, held_out.what, problems)

    @property
    def _compiled_rate(self) -> float | None:
        """The learning rate that the model is compiled with; None where it is not compiled."""
        optimizer = self.example.optimizer if self.example.compiled else None
        return None if optimizer is None else learning_rate_of(optimizer)

    @property
    def _trained(self) -> list[str]:
        return [output for output in self.outputs if output in self.space.outputs]

    @property
    def _untrained(self) -> list[str]:
        return [output for output in self.outputs if output not in self.space.outputs]

    @property
    def _unused(self) -> list[str]:
        return unused_outputs(self.example, self.space, self.measures)

    @property
    def _aliases(self) -> dict[str, str]:
        return output_aliases(self.example)

    def _renamed_rows(self, given: Any) -> Any:
        """Held-out rows with the outputs' own names."""
        return (*given[:1], *(renamed(part, self._aliases) for part in given[1:])) if isinstance(given, list | tuple) else given

    def _show(self, inputs: Any) -> None:
        """Calls a model whose outputs are known only then.

        Raises:
            InputError: The model does not take the inputs, or lacks outputs that it was compiled for or that the space names.
        """
        named = self.outputs
        try:
            self.architecture.show(self.example, inputs)
            shown = output_names(self.example)
        except Exception as error:
            raise InputError(f"the training data: the model does not take these inputs: {first_line(error)}") from error
        if not set(named) <= set(shown):
            what = "was compiled" if self.example.compiled else "the search space is"
            raise InputError(f"the model gives the outputs {shown}, and {what} for {named}; name the same ones")

    def _same_whatever_the_seed(self, training: Training) -> bool:
        if training.shuffle or has_random_layers(self.example):
            return False
        return training.data.arrays is not None and self.architecture.starts_alike(self.example, self.seed)


class HeldOut(NamedTuple):
    """Rows to measure on.

    Attributes:
        what: `the validation data` or `the test data`.
        rows: All rows, with the weights that count.
        predictions: The untrained model's for the first rows, by output.
        given: All rows as they were given.
    """

    what: str
    rows: Arrays
    predictions: dict[str, Any]
    given: Arrays


def _on_callbacks(callbacks: Callbacks, compiled_rate: float | None) -> Iterator[str]:
    """Sentences on what is not done as `fit` alone would do it, and on what may not be meant."""
    if callbacks.left_out:
        yield f"Left out of the trials, which would overwrite one another's files: {', '.join(callbacks.left_out)}."
    if callbacks.own_rates:
        share = "its first one" if compiled_rate is None else f"{compiled_rate:g}, which the model is compiled with"
        yield (
            "The schedule of LearningRateScheduler sets rates of its own, whatever it is given. Each trial trains at these rates "
            f"times its learning rate / {share}; scale the schedule alike when you train with a found learning rate."
        )
    for one in [one for one in callbacks.described if one["settings"].get("monitor") in ("loss", "val_loss")][:1]:
        yield (
            f"{one['class_name']} watches {one['settings']['monitor']}, which depends on the weights and losses that are "
            "searched; to judge all trials alike, let it watch a metric of an output, as val_<output>_<metric>."
        )


def _labels_counted(measures: Sequence[Measure], kinds: Mapping[str, OutputKind], held_out: HeldOut) -> Iterator[str]:
    """Sentences on objectives that are not what Keras computes under the same name."""
    for measure in measures:
        shape = held_out.predictions[measure.output].shape
        if counts_each_label(measure.objective, kinds[measure.output], shape):
            yield (
                f"{measure.objective.name} counts each of the {shape[-1]} labels of a row as right or wrong. Keras's own "
                "'accuracy' compares which label is the largest; name 'categorical_accuracy' for that."
            )


def _loss_by_shapes(output: str, loss: LossSpec) -> str:
    return f"The loss 'crossentropy' of output {output!r} is {loss.label}, by the shapes of targets and predictions, as in Keras."


def _logits_taken(output: str, kind: OutputKind) -> str:
    assert kind.loss is not None
    return (
        f"Output {output!r} ends in a sigmoid or softmax: its loss {kind.loss.label} takes the logits before it, as in fit, "
        "and its objectives take the predictions for probabilities."
    )
