"""The loss `"crossentropy"`: Keras chooses one of three by the shapes of targets and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from search_spaces._candidate import Candidate
from search_spaces._losses import LossSpec, loss_spec
from search_spaces._outputs import OutputSpace
from search_spaces._space import SearchSpace


def crossentropy_for(target: Sequence[int | None], prediction: Sequence[int | None]) -> LossSpec:
    """The loss that Keras takes for `"crossentropy"`.

    Args:
        target: Shape of the targets, rows first.
        prediction: Shape of the predictions, rows first.

    Example:
        >>> crossentropy_for((9,), (9, 3)).label, crossentropy_for((9, 3), (9, 3)).label, crossentropy_for((9,), (9, 1)).label
        ('SparseCategoricalCrossentropy', 'CategoricalCrossentropy', 'BinaryCrossentropy')
    """
    if prediction[-1] == 1:
        return loss_spec("binary_crossentropy")
    sparse = len(target) < len(prediction) or target[-1] == 1
    return loss_spec("sparse_categorical_crossentropy" if sparse else "categorical_crossentropy")


def outputs_by_shapes(space: SearchSpace, current: Candidate | None) -> list[str]:
    """The outputs of a space or of today's configuration that have the loss `"crossentropy"`.

    Example:
        >>> outputs_by_shapes(SearchSpace({"price": "mse", "kind": "crossentropy"}), None)
        ['kind']
    """
    own = {} if current is None else current.losses
    losses = {output: [*space.outputs[output].losses, *filter(None, [own.get(output)])] for output in space.outputs}
    return [output for output, some in losses.items() if any(loss.by_shapes for loss in some)]


def space_by_shapes(space: SearchSpace, chosen: Mapping[str, LossSpec]) -> SearchSpace:
    """The space with the losses that were chosen in place of `"crossentropy"`; one that is listed already is not listed twice.

    Args:
        space: What may be chosen.
        chosen: The loss of each output whose shapes are known.

    Example:
        >>> space = SearchSpace({"price": "mse", "kind": "crossentropy"})
        >>> space_by_shapes(space, {"kind": crossentropy_for((9,), (9, 3))}).outputs["kind"].labels
        ['SparseCategoricalCrossentropy']
    """
    if not chosen:
        return space
    outputs = {output: OutputSpace(_chosen(one, chosen.get(output))) for output, one in space.outputs.items()}
    return replace(space, outputs=outputs)


def _chosen(space: OutputSpace, chosen: LossSpec | None) -> list[LossSpec]:
    listed = [loss for loss in space.losses if loss == chosen]
    return [loss if chosen is None or not loss.by_shapes else chosen for loss in space.losses if not (loss.by_shapes and listed)]


def candidate_by_shapes(candidate: Candidate, chosen: Mapping[str, LossSpec]) -> Candidate:
    """The candidate with the losses that were chosen in place of `"crossentropy"`.

    Args:
        candidate: Today's configuration.
        chosen: The loss of each output whose shapes are known.

    Example:
        >>> from search_spaces import compiled_candidate
        >>> model = build()
        >>> model.compile("adam", loss="crossentropy")
        >>> candidate = compiled_candidate(model)
        >>> candidate_by_shapes(candidate, {"kind": crossentropy_for((9, 3), (9, 3))}).losses["kind"].label
        'CategoricalCrossentropy'
    """
    losses = {
        output: replace(chosen[output], place=loss.place) if loss.by_shapes and output in chosen else loss
        for output, loss in candidate.losses.items()
    }
    return replace(candidate, losses=losses)
