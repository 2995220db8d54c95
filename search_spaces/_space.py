"""The search space: everything that a trial may choose from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isclose
from typing import TYPE_CHECKING, Any, Self

from search_spaces import names
from search_spaces._candidate import Candidate
from search_spaces._optimizers import OptimizerSpec, optimizer_spec
from search_spaces._outputs import OutputSpace
from search_spaces._parameters import Choice, Parameter, Range
from search_spaces._problems import InputError, Problems, nearest
from search_spaces._ratios import only_ratios_matter
from search_spaces._weights import RelativeWeights, Weights, weights_around, weights_from_dict

if TYPE_CHECKING:
    import keras
    import optuna

_SETTINGS = ("outputs", "weights", "learning_rate", "optimizer")


@dataclass(frozen=True, init=False)
class SearchSpace:
    """What may be chosen: learning rate, optimizer, and the loss and weight of each output.

    Attributes:
        outputs: `OutputSpace` by output name; the constructor also takes a loss or a list of losses for each output. Outputs
            that the model is compiled without a loss for are left out.
        weights: How loss weights are searched; `RelativeWeights()` where left out.
        learning_rate: (low, high), searched log-uniformly, or one fixed number.
        optimizer: One or several optimizers; a single one is not searched.

    Raises:
        InputError: All mistakes at once, each with what was got and what was expected.

    Example:
        >>> space = SearchSpace(outputs={"price": ["mse", "huber"], "sold": "binary_crossentropy"})
        >>> [parameter.name for parameter in space.parameters()]
        ['learning_rate', 'loss/price', 'weight/sold']
    """

    outputs: Mapping[str, OutputSpace]
    weights: Weights = field(default_factory=RelativeWeights)
    learning_rate: tuple[float, float] | float = (1e-4, 1e-2)
    optimizer: tuple[OptimizerSpec, ...] = ()

    def __init__(
        self,
        outputs: Mapping[str, Any],
        weights: Weights | Mapping[str, Any] | None = None,
        learning_rate: tuple[float, float] | float = (1e-4, 1e-2),
        optimizer: Any = "adam",
    ) -> None:
        problems = Problems("the search space cannot be made")
        spaces = _read_outputs(outputs, problems)
        object.__setattr__(self, "outputs", spaces)
        object.__setattr__(self, "weights", _read_weights(weights, problems))
        object.__setattr__(self, "learning_rate", _read_rate(learning_rate, problems))
        object.__setattr__(self, "optimizer", _read_optimizers(optimizer, problems))
        if spaces:
            self.weights.check(list(spaces), problems)
        problems.raise_any()

    def parameters(self) -> list[Parameter]:
        """The parameters of an Optuna trial, in order. A single choice and a fixed number are no parameters."""
        searched: list[Parameter] = []
        if isinstance(self.learning_rate, tuple):
            searched.append(Range(names.LEARNING_RATE, *self.learning_rate))
        if len(self.optimizer) > 1:
            searched.append(Choice(names.OPTIMIZER, [spec.label for spec in self.optimizer]))
        for output, space in self.outputs.items():
            if len(space.losses) > 1:
                searched.append(Choice(names.loss(output), space.labels))
        return searched + list(self.weights.parameters(list(self.outputs)))

    def suggest(self, trial: optuna.trial.BaseTrial) -> Candidate:
        """Asks the trial for a candidate; only the build function's own hyperparameters are missing in it.

        Args:
            trial: An `optuna.Trial` or `optuna.trial.FixedTrial`.
        """
        return self._decode({parameter.name: parameter.suggest(trial) for parameter in self.parameters()})

    def middle(self) -> Candidate:
        """The candidate with the first optimizer and losses, equal weights and the geometric mean of the learning rates."""
        rate = self.learning_rate
        return Candidate(
            learning_rate=(rate[0] * rate[1]) ** 0.5 if isinstance(rate, tuple) else rate,
            optimizer=self.optimizer[0],
            losses={output: space.losses[0] for output, space in self.outputs.items()},
            weights=dict.fromkeys(self.outputs, 1.0),
        )

    def encode(self, candidate: Candidate) -> dict[str, Any]:
        """The parameters that give this candidate; those that lie outside the space are left out."""
        values: dict[str, Any] = {
            names.LEARNING_RATE: candidate.learning_rate,
            names.OPTIMIZER: candidate.optimizer.label,
        }
        values |= {names.loss(output): loss.label for output, loss in candidate.losses.items()}
        values |= self._encode_weights(candidate)
        return {p.name: values[p.name] for p in self.parameters() if p.holds(values.get(p.name))}

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and TOML."""
        rate = self.learning_rate
        return {
            "learning_rate": list(rate) if isinstance(rate, tuple) else rate,
            "optimizer": [spec.to_dict() for spec in self.optimizer],
            "outputs": {output: space.to_dict() for output, space in self.outputs.items()},
            "weights": self.weights.to_dict(),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Reads what `to_dict` wrote, or the same written by hand with Keras names.

        Raises:
            InputError: Unknown settings, or anything that the constructor refuses.
        """
        problems = Problems("the search space cannot be made")
        for key in [key for key in plain if key not in _SETTINGS]:
            problems.add(f"unknown setting {key!r}; {nearest(key, _SETTINGS)}")
        try:
            space = cls(**{"outputs": {}} | {key: plain[key] for key in _SETTINGS if key in plain})
        except InputError as error:
            problems.include(error)
        problems.raise_any()
        return space

    def to_toml(self) -> str:
        """The space as TOML."""
        import tomlkit

        return tomlkit.dumps(self.to_dict())

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Reads what `to_toml` wrote.

        Raises:
            InputError: Not TOML, or not a search space.
        """
        try:
            plain = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"the search space is not TOML: {error}") from error
        return cls.from_dict(plain)

    @classmethod
    def around(cls, model: keras.Model) -> Self:
        """The space around what a model was compiled with.

        Its own optimizer and losses; weights from 1/50 to 50 times its own (1 where a weight is 0), their ratios alone where
        nothing but ratios matters to the training; learning rate from 1/10 to 10 times its own.

        Raises:
            InputError: The model is not compiled, or no output has a loss.
        """
        from search_spaces._compiled import compiled_candidate, other_loss_terms

        own = compiled_candidate(model)
        if own is None:
            raise InputError("the model is not compiled: compile it, or pass a SearchSpace")
        return cls(
            outputs={output: OutputSpace(loss) for output, loss in own.losses.items()},
            weights=weights_around(own.weights, only_ratios_matter(own.optimizer) and not other_loss_terms(model)),
            learning_rate=(own.learning_rate / 10, own.learning_rate * 10),
            optimizer=own.optimizer,
        )

    def _encode_weights(self, candidate: Candidate) -> dict[str, float]:
        """The parameters of the weights; none where they would give other weights and more than the ratios matters."""
        outputs = list(self.outputs)
        encoded = self.weights.encode(candidate.weights, outputs)
        if only_ratios_matter(candidate.optimizer):
            return encoded
        again = self.weights.decode(encoded, outputs)
        return encoded if all(isclose(again[name], candidate.weights[name], abs_tol=1e-12) for name in outputs) else {}

    def _decode(self, values: Mapping[str, Any]) -> Candidate:
        middle = self.middle()
        by_label = {spec.label: spec for spec in self.optimizer}
        losses = {
            output: space.by_label(values.get(names.loss(output), space.labels[0])) for output, space in self.outputs.items()
        }
        return Candidate(
            learning_rate=float(values.get(names.LEARNING_RATE, middle.learning_rate)),
            optimizer=by_label[values.get(names.OPTIMIZER, self.optimizer[0].label)],
            losses=losses,
            weights=self.weights.decode(values, list(self.outputs)),
        )


def _read_outputs(outputs: Any, problems: Problems) -> dict[str, OutputSpace]:
    if not isinstance(outputs, Mapping) or not outputs:
        problems.add(
            f"no outputs: expected a mapping from output name to OutputSpace or losses, got {outputs!r}"
            if not outputs
            else f"outputs must map output names to OutputSpace or losses, got {type(outputs).__name__}"
        )
        return {}
    spaces = {}
    for name, space in outputs.items():
        try:
            spaces[str(name)] = OutputSpace.from_dict(space)
        except InputError as error:
            problems.include(error, f"output {str(name)!r}")
    losses = {name: space.losses for name, space in spaces.items()}
    return {
        name: space.placed(name, [loss for other in losses if other != name for loss in losses[other]])
        for name, space in spaces.items()
    }


def _read_weights(weights: Any, problems: Problems) -> Weights:
    if weights is None:
        return RelativeWeights()
    if not isinstance(weights, Mapping):
        if all(hasattr(weights, method) for method in ("parameters", "decode", "encode", "check")):
            return weights  # type: ignore[no-any-return]
        problems.add(f"weights must be RelativeWeights, IndependentWeights or SimplexWeights, got {weights!r}")
        return RelativeWeights()
    try:
        return weights_from_dict(weights)
    except InputError as error:
        problems.include(error)
        return RelativeWeights()


def _read_rate(rate: Any, problems: Problems) -> tuple[float, float] | float:
    bounds = list(rate) if isinstance(rate, list | tuple) else [rate]
    if len(bounds) not in (1, 2) or not all(_is_number(bound) for bound in bounds):
        problems.add(f"learning_rate must be (low, high) or one number, got {rate!r}")
        return 1e-3
    if any(not 0 < bound < float("inf") for bound in bounds):
        problems.add(f"learning_rate must be above 0 and finite (it is searched on a logarithmic scale), got {rate!r}")
    if len(bounds) == 2 and bounds[0] >= bounds[1]:
        problems.add(f"learning_rate's low must be below its high, got low={bounds[0]!r} and high={bounds[1]!r}")
    return (float(bounds[0]), float(bounds[1])) if len(bounds) == 2 else float(bounds[0])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_optimizers(optimizer: Any, problems: Problems) -> tuple[OptimizerSpec, ...]:
    items = list(optimizer) if isinstance(optimizer, list | tuple) else [optimizer]
    if not items:
        problems.add("no optimizers were given; give at least one, for example optimizer='adam'")
    specs = []
    for item in items:
        try:
            specs.append(optimizer_spec(item))
        except InputError as error:
            problems.include(error)
    specs = [replace(spec, place=names.optimizer_place(at)) for at, spec in enumerate(specs)]
    labels = [spec.label for spec in specs]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        problems.add(f"the optimizer {label} is listed {labels.count(label)} times; list it once")
    return tuple(specs)
