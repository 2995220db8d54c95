"""Losses and optimizers: the object itself where it is at hand, and what a study stores of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from search_spaces._keras_names import public_classes
from search_spaces._problems import InputError, nearest

_KEYS = ("class_name", "config", "custom", "place", "mark", "rebuilds")


@dataclass(frozen=True)
class Spec:
    """A loss or an optimizer: what a study stores of it, and the object itself where it is at hand.

    Attributes:
        class_name: The Keras class, or the name of a custom class or function.
        config: Constructor settings that differ from the class's defaults.
        custom: True where the class is not Keras's own.
        live: The object that was given, or a class that makes it from `config`; it is never stored.
        place: Where it stands in the study, as in `kind/loss/1`; only what is custom is stored with its place.
        mark: Tells it from another one with the same name and settings; empty where there is none.
        rebuilds: Whether its class makes the same object from `config`.

    Example:
        >>> spec = Spec("Huber", {"delta": 2.0})
        >>> spec.label, Spec.from_dict(spec.to_dict()) == spec
        ('Huber(delta=2.0)', True)
    """

    class_name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    custom: bool = False
    live: Any = field(default=None, compare=False, repr=False)
    place: str = field(default="", compare=False)
    mark: str = ""
    rebuilds: bool = field(default=True, compare=False)

    @property
    def label(self) -> str:
        """Readable and unique among different settings, as in `Huber(delta=2.0)`."""
        settings = ", ".join(f"{key}={_setting_text(value)}" for key, value in sorted(self.config.items()))
        name = f"{self.class_name}({settings})" if settings else self.class_name
        return f"{name} [{self.mark}]" if self.mark else name

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and TOML."""
        plain: dict[str, Any] = {"class_name": self.class_name, "config": dict(self.config)}
        if not self.custom:
            return plain
        texts = {key: text for key, text in (("place", self.place), ("mark", self.mark)) if text}
        return plain | {"custom": True} | texts | ({} if self.rebuilds else {"rebuilds": False})

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Reads what `to_dict` wrote.

        Args:
            plain: `class_name`, and optionally the other attributes that are stored.
            custom_objects: Custom objects, or classes that make them, by place or by name.

        Raises:
            InputError: `plain` has other keys or values of the wrong type.
        """
        name, config = plain.get("class_name"), plain.get("config", {})
        texts = [plain.get("place", ""), plain.get("mark", "")]
        if set(plain) - set(_KEYS) or not isinstance(name, str) or not isinstance(config, Mapping) or not _all_text(texts):
            raise InputError(f"expected a mapping with class_name (text) and optionally config (a mapping), got {dict(plain)!r}")
        objects, custom = custom_objects or {}, bool(plain.get("custom", False))
        by_name = objects.get(name) if not texts[1] else None  # a mark says that the name means another one too
        live = objects.get(texts[0], by_name) if custom else None
        rebuilds = bool(plain.get("rebuilds", True))
        return cls(name, dict(config), custom, live, place=texts[0], mark=texts[1], rebuilds=rebuilds)

    def make(self, module: Any, kind: str, config: Mapping[str, Any]) -> Any:
        """Makes the object: calls a class of `module`, or the custom one at hand, with `config`.

        Raises:
            InputError: No such class, a custom object that is not at hand, or settings that the class refuses.
        """
        maker = self.live if self.custom else public_classes(module).get(self.class_name)
        if maker is None and self.custom:
            raise InputError(f"{kind} {self.class_name!r} is not one of Keras's own: {self.how_to_pass}")
        if maker is None:
            raise InputError(f"Keras has no {kind} {self.class_name!r}; {nearest(self.class_name, public_classes(module))}")
        if not self.rebuilds:
            raise InputError(f"{kind} {self.class_name!r} keeps settings that its get_config does not tell: {self.how_to_pass}")
        try:
            return maker(**config)
        except (TypeError, ValueError) as error:
            raise InputError(f"{kind} {self.class_name!r} refuses its settings {dict(config)!r}: {error}") from error

    @property
    def how_to_pass(self) -> str:
        """What to do where the custom object is not at hand."""
        by_name = not self.place or (self.class_name.isidentifier() and not self.mark)
        key = self.class_name if by_name else self.place
        place = f", or by its place {self.place!r}" if self.place and key != self.place else ""
        what = "..." if self.rebuilds else "the object itself"
        return f"pass it as custom_objects={{{key!r}: {what}}}{place}"


def _all_text(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _setting_text(value: Any) -> str:
    return str(value["class_name"]) if isinstance(value, Mapping) and "class_name" in value else repr(value)
