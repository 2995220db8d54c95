"""Three ways to search the loss weights.

Adaptive optimizers (Adam, RMSprop…) divide the step by the gradient's own size, so only the ratios of the weights
matter to them; `RelativeWeights` searches nothing but ratios and is the default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from search_spaces import names
from search_spaces._parameters import Range
from search_spaces._problems import InputError, Problems, nearest

Bound = float | Mapping[str, float]


class Weights(Protocol):
    """A way to search loss weights: the parameters of an Optuna trial, and the weights that they give."""

    @property
    def kind(self) -> str:
        """Name of this way in dictionaries and TOML."""
        ...

    def check(self, outputs: Sequence[str], problems: Problems) -> None:
        """Adds every mistake that shows with these outputs."""
        ...

    def parameters(self, outputs: Sequence[str]) -> list[Range]:
        """The parameters of an Optuna trial."""
        ...

    def decode(self, values: Mapping[str, float], outputs: Sequence[str]) -> dict[str, float]:
        """The raw weight of each output, from the parameters' values."""
        ...

    def encode(self, weights: Mapping[str, float], outputs: Sequence[str]) -> dict[str, float]:
        """The parameters' values that give these weights; a value outside its range means that the space lacks them."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        ...


@dataclass(frozen=True)
class RelativeWeights:
    """The reference output's weight is 1; the weight of each other output is log-uniform between `low` and `high`.

    Attributes:
        reference: Output whose weight stays 1; the first output where left out.
        low: Smallest weight of the others, one number or one per output; above 0.
        high: Largest weight of the others, one number or one per output.

    Example:
        >>> RelativeWeights("price").decode({"weight/sold": 0.25}, ["price", "sold"])
        {'price': 1.0, 'sold': 0.25}
    """

    reference: str | None = None
    low: Bound = 0.02
    high: Bound = 50.0
    kind = "relative"

    def check(self, outputs: Sequence[str], problems: Problems) -> None:
        """Adds an unknown reference and bad bounds."""
        if self.reference is not None and self.reference not in outputs:
            problems.add(f"the weights' reference {self.reference!r} is not an output; {nearest(self.reference, outputs)}")
        _check_bounds(self.low, self.high, outputs, problems)

    def parameters(self, outputs: Sequence[str]) -> list[Range]:
        """One log-uniform range for each output but the reference."""
        searched = [output for output in outputs if output != self._reference(outputs)]
        return [_log_range(output, self.low, self.high) for output in searched]

    def decode(self, values: Mapping[str, float], outputs: Sequence[str]) -> dict[str, float]:
        """The values are the weights; the reference has 1."""
        return {output: float(values.get(names.weight(output), 1.0)) for output in outputs}

    def encode(self, weights: Mapping[str, float], outputs: Sequence[str]) -> dict[str, float]:
        """Weights divided by the reference's, as long as it is above 0."""
        base = weights[self._reference(outputs)]
        others = [output for output in outputs if output != self._reference(outputs)]
        return {names.weight(output): weights[output] / base if base > 0 else -1.0 for output in others}

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        plain: dict[str, Any] = {"kind": self.kind, "low": _plain(self.low), "high": _plain(self.high)}
        return plain if self.reference is None else plain | {"reference": self.reference}

    def _reference(self, outputs: Sequence[str]) -> str:
        return self.reference if self.reference is not None else outputs[0]


@dataclass(frozen=True)
class IndependentWeights:
    """Each output's weight is log-uniform between `low` and `high`.

    Attributes:
        low: Smallest weight, one number or one per output; above 0.
        high: Largest weight, one number or one per output.

    Example:
        >>> [(weight.name, weight.low, weight.high) for weight in IndependentWeights(0.1, 10.0).parameters(["price", "sold"])]
        [('weight/price', 0.1, 10.0), ('weight/sold', 0.1, 10.0)]
    """

    low: Bound = 0.02
    high: Bound = 50.0
    kind = "independent"

    def check(self, outputs: Sequence[str], problems: Problems) -> None:
        """Adds bad bounds."""
        _check_bounds(self.low, self.high, outputs, problems)

    def parameters(self, outputs: Sequence[str]) -> list[Range]:
        """One log-uniform range for each output."""
        return [_log_range(output, self.low, self.high) for output in outputs]

    def decode(self, values: Mapping[str, float], outputs: Sequence[str]) -> dict[str, float]:
        """The values are the weights."""
        return {output: float(values[names.weight(output)]) for output in outputs}

    def encode(self, weights: Mapping[str, float], outputs: Sequence[str]) -> dict[str, float]:
        """The weights are the values."""
        return {names.weight(output): weights[output] for output in outputs}

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": self.kind, "low": _plain(self.low), "high": _plain(self.high)}


@dataclass(frozen=True)
class SimplexWeights:
    """Weights that sum to 1, uniform on the simplex.

    For k outputs there are k−1 parameters u, each uniform between 0 and 1. A stick of length 1 is broken into the weights:
    output i takes the share 1 − (1−u)^(1/(k−i)) of the remaining stick. That is the quantile of Beta(1, k−i), so that the
    weights together are uniform. With two outputs the parameter is the first weight itself.

    Example:
        >>> SimplexWeights().decode({"weight/price": 0.25}, ["price", "sold"])
        {'price': 0.25, 'sold': 0.75}
    """

    kind = "simplex"

    def check(self, outputs: Sequence[str], problems: Problems) -> None:
        """Nothing can be wrong."""

    def parameters(self, outputs: Sequence[str]) -> list[Range]:
        """One uniform number for each output but the last."""
        return [Range(names.weight(output), 0.0, 1.0, log=False) for output in outputs[:-1]]

    def decode(self, values: Mapping[str, float], outputs: Sequence[str]) -> dict[str, float]:
        """Breaks the stick."""
        left, weights = 1.0, {}
        for i, output in enumerate(outputs[:-1]):
            share = 1.0 - (1.0 - values[names.weight(output)]) ** (1.0 / (len(outputs) - 1 - i))
            weights[output] = left * share
            left -= weights[output]
        return weights | {outputs[-1]: max(left, 0.0)}

    def encode(self, weights: Mapping[str, float], outputs: Sequence[str]) -> dict[str, float]:
        """The stick's breaks for these weights divided by their sum."""
        total = sum(weights[output] for output in outputs)
        left, values = 1.0, {}
        for i, output in enumerate(outputs[:-1]):
            part = weights[output] / total
            share = min(part / left, 1.0) if left > 0 else 0.0
            values[names.weight(output)] = 1.0 - (1.0 - share) ** (len(outputs) - 1 - i)
            left -= part
        return values

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": self.kind}


_KINDS: dict[str, type[Any]] = {cls.kind: cls for cls in (RelativeWeights, IndependentWeights, SimplexWeights)}


def weights_around(own: Mapping[str, float], ratios_alone: bool, factor: float = 50.0) -> RelativeWeights | IndependentWeights:
    """Weights between 1/`factor` and `factor` times one's own ones; a weight of 0 counts as 1.

    Args:
        own: The weight of each output.
        ratios_alone: Whether multiplying all weights by one number changes nothing.
        factor: Above 1.
    """
    if not ratios_alone:
        centre = {output: weight or 1.0 for output, weight in own.items()}
        return IndependentWeights(_scaled(centre, 1 / factor), _scaled(centre, factor))
    reference = next((output for output, weight in own.items() if weight > 0), next(iter(own)))
    base = own[reference] or 1.0
    ratios = {output: (weight / base) or 1.0 for output, weight in own.items()}
    return RelativeWeights(reference, _scaled(ratios, 1 / factor), _scaled(ratios, factor))


def _scaled(weights: Mapping[str, float], factor: float) -> dict[str, float]:
    return {output: weight * factor for output, weight in weights.items()}


def weights_from_dict(plain: Mapping[str, Any]) -> Weights:
    """Reads what `to_dict` of a weights class wrote.

    Raises:
        InputError: Unknown kind or setting.
    """
    settings = dict(plain)
    kind = settings.pop("kind", RelativeWeights.kind)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputError(f"unknown kind of weights {kind!r}; {nearest(str(kind), _KINDS)}")
    allowed = _KINDS[kind].__dataclass_fields__
    unknown = [key for key in settings if key not in allowed]
    if unknown:
        raise InputError(f"{kind} weights have no setting {unknown[0]!r}; {nearest(unknown[0], allowed)}")
    weights: Weights = _KINDS[kind](**settings)
    return weights


def _bound(bound: Bound, output: str) -> float:
    return float(bound[output]) if isinstance(bound, Mapping) else float(bound)


def _log_range(output: str, low: Bound, high: Bound) -> Range:
    return Range(names.weight(output), _bound(low, output), _bound(high, output))


def _plain(bound: Bound) -> Any:
    return dict(bound) if isinstance(bound, Mapping) else bound


def _check_bounds(low: Bound, high: Bound, outputs: Sequence[str], problems: Problems) -> None:
    for what, bound in (("low", low), ("high", high)):
        if isinstance(bound, Mapping):
            for name in [name for name in bound if name not in outputs]:
                problems.add(f"the weights' {what} names an unknown output {name!r}; {nearest(name, outputs)}")
    for output in outputs:
        try:
            below, above = _bound(low, output), _bound(high, output)
        except (KeyError, TypeError, ValueError):
            if not isinstance(low, Mapping) or not isinstance(high, Mapping):
                problems.add(f"the weights' low and high must be numbers, or one number per output: {low!r}, {high!r}")
            continue
        if not 0 < below < float("inf"):
            problems.add(f"the weights' low must be above 0 (they are searched on a logarithmic scale), got {below!r}")
        if not below < above < float("inf"):
            problems.add(f"the weights' low must be below high, got low={below!r} and high={above!r}")
