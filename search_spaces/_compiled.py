"""The configuration that a model was compiled with, as a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from search_spaces._candidate import Candidate
from search_spaces._losses import LossSpec, loss_spec
from search_spaces._optimizers import learning_rate_of, optimizer_spec
from search_spaces._problems import InputError
from search_spaces._structures import by_output_name, output_aliases, output_names, renamed

if TYPE_CHECKING:
    import keras


def compiled_candidate(model: keras.Model) -> Candidate | None:
    """The optimizer, losses and weights that a model was compiled with; None where it is not compiled.

    Raises:
        InputError: Some output has no loss, or an object cannot be stored as plain data.

    Example:
        >>> candidate = compiled_candidate(build())
        >>> candidate.learning_rate, candidate.optimizer.label, candidate.losses["kind"].label
        (0.01, 'RMSprop', 'CategoricalCrossentropy(from_logits=True)')
    """
    if not model.compiled or model.optimizer is None or model.loss is None:
        return None
    outputs = output_names(model)
    aliases = output_aliases(model)
    losses = _for_each_output(renamed(model.loss, aliases), outputs, "loss", None)
    missing = [output for output, loss in losses.items() if loss is None]
    if missing:
        raise InputError(f"the model is compiled without a loss for {', '.join(map(repr, missing))}; give each output a loss")
    given_weights = renamed((model.get_compile_config() or {}).get("loss_weights"), aliases)
    weights = _for_each_output(given_weights, outputs, "loss_weights", 1.0)
    return Candidate(
        learning_rate=learning_rate_of(model.optimizer),
        optimizer=optimizer_spec(model.optimizer),
        losses={output: _checked_spec(loss, output) for output, loss in losses.items()},
        weights={output: float(1.0 if weight is None else weight) for output, weight in weights.items()},
    )


def _for_each_output(given: Any, outputs: list[str], argument: str, default: Any) -> dict[str, Any]:
    """What an argument of `compile` says of each output; what is neither a dictionary nor a list holds for every output."""
    if isinstance(given, Mapping) and "class_name" not in given:  # with a class name it is one serialised object
        return {output: given.get(output, default) for output in outputs}
    if not isinstance(given, list | tuple):
        return dict.fromkeys(outputs, default if given is None else given)
    if len(given) != len(outputs):
        raise InputError(f"the model is compiled with {len(given)} {argument} for {len(outputs)} outputs {outputs}")
    return by_output_name(given, outputs)


def _checked_spec(loss: Any, output: str) -> LossSpec:
    """The spec of an output's loss. `"crossentropy"` is refused: Keras resolves it by the targets, which are not at hand here."""
    if str(loss).lower() in ("crossentropy", "ce"):
        raise InputError(
            f"output {output!r} is compiled with loss={loss!r}, which Keras resolves by the targets' shape; name "
            "binary_crossentropy, categorical_crossentropy or sparse_categorical_crossentropy instead"
        )
    return loss_spec(loss)
