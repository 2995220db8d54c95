"""The configuration that a model was compiled with, as a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from search_spaces._candidate import Candidate
from search_spaces._losses import LossSpec, loss_spec
from search_spaces._optimizers import learning_rate_of, optimizer_spec
from search_spaces._problems import InputError

if TYPE_CHECKING:
    import keras


def output_names(model: keras.Model) -> list[str]:
    """The names under which a model's outputs are compiled, in the model's own order.

    They are keys where the outputs are a dictionary, layer names otherwise.

    Args:
        model: A functional Keras model.

    Raises:
        InputError: The outputs are nested, or two of them share a name.

    Example:
        >>> output_names(build())
        ['urgent', 'kind']
    """
    structure = model.output
    if isinstance(structure, Mapping):
        names = list(structure)
    elif isinstance(structure, list | tuple):
        names = list(model.output_names)
    else:
        names = list(model.output_names)[:1]
    if len(set(names)) != len(names):
        raise InputError(f"two outputs share a name: {names}; give the output layers names of their own")
    flat = list(structure.values()) if isinstance(structure, Mapping) else structure
    if isinstance(flat, list | tuple) and any(isinstance(item, list | tuple | Mapping) for item in flat):
        raise InputError("nested outputs are not supported; return a flat list or dictionary of outputs")
    return names


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
    losses = _by_output(model.loss, outputs, "loss", None)
    missing = [output for output, loss in losses.items() if loss is None]
    if missing:
        raise InputError(f"the model is compiled without a loss for {', '.join(map(repr, missing))}; give each output a loss")
    weights = _by_output((model.get_compile_config() or {}).get("loss_weights"), outputs, "loss_weights", 1.0)
    return Candidate(
        learning_rate=learning_rate_of(model.optimizer),
        optimizer=optimizer_spec(model.optimizer),
        losses={output: _checked_spec(loss, output) for output, loss in losses.items()},
        weights={output: float(1.0 if weight is None else weight) for output, weight in weights.items()},
    )


def _by_output(compiled: Any, outputs: list[str], what: str, default: Any) -> dict[str, Any]:
    if isinstance(compiled, Mapping) and "class_name" not in compiled:
        return {output: compiled.get(output, default) for output in outputs}
    if isinstance(compiled, list | tuple):
        if len(compiled) != len(outputs):
            raise InputError(f"the model is compiled with {len(compiled)} {what} for {len(outputs)} outputs {outputs}")
        return dict(zip(outputs, compiled, strict=True))
    return dict.fromkeys(outputs, default if compiled is None else compiled)


def _checked_spec(loss: Any, output: str) -> LossSpec:
    """The spec of an output's loss. `"crossentropy"` is refused: Keras resolves it by the targets, which are not at hand here."""
    if str(loss).lower() in ("crossentropy", "ce"):
        raise InputError(
            f"output {output!r} is compiled with loss={loss!r}, which Keras resolves by the targets' shape; name "
            "binary_crossentropy, categorical_crossentropy or sparse_categorical_crossentropy instead"
        )
    return loss_spec(loss)
