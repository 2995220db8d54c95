"""One file that production loads: what to compile a model with, and what it was chosen for.

Imports Keras and the standard library only, and no code runs on loading: class names are looked up among Keras's own
classes and the custom objects that the caller registers.

    model = build()
    load_config("best.json").compile(model)
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from search_spaces import (
    Candidate,
    InputError,
    LossSpec,
    OptimizerSpec,
    Problems,
    by_output_name,
    for_compile,
    nearest,
    output_names,
    output_structure,
    outputs_are_known,
    with_own_losses,
    write_atomically,
)
from tuner._class_weights import weights_of_rows
from tuner._compile_table import check_settings, is_finite_number, live_settings

if TYPE_CHECKING:
    import keras

    from tuner._train_as_chosen import Trained

SCHEMA = "loss-weight-tuner/best"
VERSION = 2
"""Version 1 has no `fit` table, and its objectives do not say how they are measured."""
MAX_BYTES = 10 * 2**20
_REQUIRED: dict[str, Any] = {
    "learning_rate": (int, float),
    "optimizer": dict,
    "losses": dict,
    "loss_weights": dict,
    "hyperparameters": dict,
    "epochs": int,
}
_OPTIONAL: dict[str, Any] = {
    "batch_size": (int, type(None)),
    "class_weight": dict,
    "compile": dict,
    "fit": dict,
    "objectives": list,
    "study": dict,
    "versions": dict,
    "fingerprints": dict,
    "evidence": dict,
    "created": str,
}

_ATTRIBUTES = {"compile": "compile_settings", "fit": "fit_settings"}


@dataclass(frozen=True)
class BestConfig:
    """A chosen configuration: what to compile a model with, where it comes from, and what it reached.

    Attributes:
        candidate: Learning rate, optimizer, losses, weights and hyperparameters.
        epochs: Number of epochs after which the objectives were reached.
        batch_size: Rows per step; None where the data came in batches.
        class_weight: Weights of the classes of outputs that it was trained with: by output, then by class, written as text.
        compile_settings: Further arguments of `Model.compile` that the model was compiled with: `run_eagerly`, `jit_compile`,
            `steps_per_execution`, `auto_scale_loss` where they are not Keras's defaults; `metrics` and
            `weighted_metrics` by output, those of Keras.
        fit_settings: Further arguments of `Model.fit` that the trials were trained with: `shuffle`, `steps_per_epoch` where an
            epoch is no whole pass, and `callbacks`, each with its class_name and settings.
        objectives: One dictionary for each: name, output, metric, direction, value, the value of each baseline by name, and
            in `measured` the Keras metric with its settings and what turns predictions into what it expects.
        study: The study that it comes from: its name, the trial's number and the like.
        versions: The versions of the packages that trained it, by package.
        fingerprints: `outputs`, the shape of each output by name, and `data`.
        evidence: What replicates say of it: verdict and its text, seeds, probabilities, and intervals of the means and of the
            differences to `current`; empty where there were none.
        created: UTC time, ISO 8601.

    Example:
        >>> from search_spaces import compiled_candidate
        >>> best = BestConfig(compiled_candidate(build()), epochs=5)
        >>> best.learning_rate, best.loss_weights
        (0.01, {'urgent': 1.0, 'kind': 0.2})
        >>> best.compile(build()).get_compile_config()["loss_weights"]
        {'urgent': 1.0, 'kind': 0.2}
        >>> load_config(best.save(folder / "best.json")) == best
        True
    """

    candidate: Candidate
    epochs: int
    batch_size: int | None = None
    class_weight: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    compile_settings: Mapping[str, Any] = field(default_factory=dict)
    fit_settings: Mapping[str, Any] = field(default_factory=dict)
    objectives: list[dict[str, Any]] = field(default_factory=list)
    study: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""

    @property
    def learning_rate(self) -> float:
        """Learning rate of the optimizer."""
        return self.candidate.learning_rate

    @property
    def loss_weights(self) -> dict[str, float]:
        """Raw loss weight of each output, by name."""
        return dict(self.candidate.weights)

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Hyperparameters that the build function was given, by name."""
        return dict(self.candidate.hyperparameters)

    def compile(self, model: keras.Model, **compile_arguments: Any) -> keras.Model:
        """Compiles the model with the chosen optimizer, learning rate, losses and weights.

        Args:
            model: A model with the same outputs as the one that was tuned; those without a loss may be missing.
            **compile_arguments: Further arguments of `Model.compile`, such as `metrics`; they win over those of the file.

        Returns:
            The same model.

        Raises:
            InputError: The model's outputs are others, or a loss is custom and not registered.
        """
        outputs = list({**self._shapes, **self.candidate.losses})
        if outputs_are_known(model):
            outputs = output_names(model)
            self._check_outputs(model, outputs)
        candidate = with_own_losses(self.candidate, model, outputs)
        own = for_compile(model, candidate.compile_arguments(), outputs)
        model.compile(**(own | live_settings(self.compile_settings, model, outputs) | compile_arguments))
        if "optimizer" not in compile_arguments:
            self.candidate.optimizer.exclude_variables(model.optimizer, model.trainable_variables)
        return model

    @property
    def objective_names(self) -> list[str]:
        """Names of the objectives, in order."""
        return [objective["name"] for objective in self.objectives]

    def train(
        self,
        model: keras.Model,
        x: Any,
        y: Any = None,
        *,
        validation_data: Any = None,
        sample_weight: Any = None,
        callbacks: Any = None,
        compile_arguments: Mapping[str, Any] | None = None,
        **fit_arguments: Any,
    ) -> Trained:
        """Compiles the model and fits it as the trials of the study were: epochs, batch size, callbacks, weights of classes.

        Args:
            model: A model with the same outputs as the one that was tuned, not trained yet; it is trained in place.
            x: What `Model.fit` takes.
            y: Targets, by output name or in the model's structure; None where x yields them.
            validation_data: (x, y) or (x, y, sample_weight), on which objectives are measured after each epoch.
            sample_weight: As `fit` takes it; not where the study weighed rows by their classes, which is done here.
            callbacks: In place of those of the study; an empty list trains without. `EarlyStopping` and `ReduceLROnPlateau` of
                the study are made again, and so is what keeps the best epoch; others have to be given.
            compile_arguments: Further arguments of `Model.compile`; they win over those of the file.
            **fit_arguments: Further arguments of `Model.fit`, such as `verbose`; they win over those of the file.

        Returns:
            The model with its history, its objectives, and whether they lie where the study leads to expect them; printed, a
            sentence for each objective.

        Raises:
            InputError: The model's outputs are others, or something that the trials had is missing; all mistakes at once.

        Example:
            >>> from search_spaces import compiled_candidate
            >>> auc = {"class_name": "AUC", "config": {"from_logits": True}}
            >>> objective = {"name": "urgent/auc", "output": "urgent", "direction": "max", "measured": auc}
            >>> best = BestConfig(compiled_candidate(build()), epochs=5, objectives=[objective])
            >>> trained = best.train(build(), x, y, validation_data=validation_data, verbose=0)
            >>> print(trained)  # doctest: +ELLIPSIS
            urgent/auc 0...; the study has no replicates, so that nothing is known of other seeds.
        """
        from tuner._train_as_chosen import train_as_chosen

        return train_as_chosen(
            self,
            model,
            x,
            y,
            validation_data=validation_data,
            sample_weight=sample_weight,
            callbacks=callbacks,
            compile_arguments=compile_arguments or {},
            fit_arguments=fit_arguments,
        )

    def sample_weight(self, y: Mapping[str, Any]) -> dict[str, Any] | None:
        """What to give to `fit` as `sample_weight` to train as the trials were trained: the rows weighted by their classes.

        Args:
            y: Targets by output name, of shape (rows,), (rows, 1) or (rows, classes).

        Returns:
            An array of shape (rows,) for each output in `y`; None where no class has a weight.

        Raises:
            InputError: The targets of an output whose classes have weights are missing.

        Example:
            >>> import numpy as np
            >>> from search_spaces import compiled_candidate
            >>> best = BestConfig(compiled_candidate(build()), epochs=5, class_weight={"kind": {"2": 4.0}})
            >>> best.sample_weight({"kind": np.array([0, 2, 1])})
            {'kind': array([1., 4., 1.], dtype=float32)}
        """
        if not self.class_weight:
            return None
        missing = [output for output in self.class_weight if output not in y]
        if missing:
            raise InputError(f"y has no targets for {missing[0]!r}, whose classes have weights; it has {list(y)}")
        weights = {output: {int(one): value for one, value in self.class_weight.get(output, {}).items()} for output in y}
        return {output: weights_of_rows(target, weights[output]) for output, target in y.items()}

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as written to the file."""
        plain = self.candidate.to_dict()
        plain["loss_weights"] = plain.pop("weights")
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "created": self.created,
            **plain,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            **(
                {"class_weight": {output: dict(weights) for output, weights in self.class_weight.items()}}
                if self.class_weight
                else {}
            ),
            "compile": dict(self.compile_settings),
            "fit": dict(self.fit_settings),
            "objectives": self.objectives,
            "study": dict(self.study),
            "versions": dict(self.versions),
            "fingerprints": dict(self.fingerprints),
            "evidence": dict(self.evidence),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the file completely or not at all, and says which losses and optimizers have to be passed to `load_config`.

        Returns:
            The file's path.

        Raises:
            OSError: The folder is missing or cannot be written to.
        """
        target = Path(path)
        write_atomically(target, json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n")
        if self.candidate.custom_places:
            passed = ", ".join(f"{place!r}: ..." for place in self.candidate.custom_places)
            sys.stderr.write(
                f"{target}: only the names of custom objects are in it; load_config(path, custom_objects={{{passed}}})\n"
            )
        return target

    @classmethod
    def from_dict(cls, plain: Any, custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Reads what `to_dict` wrote.

        Raises:
            InputError: The data are something else or of a newer version, or values are missing or wrong; the error lists all.
        """
        _check_schema(plain)
        problems = Problems("the configuration cannot be used")
        for key, kind in (_REQUIRED | _OPTIONAL).items():
            if key in plain and not isinstance(plain[key], kind):
                problems.add(f"{key} has the wrong type {type(plain[key]).__name__}: {plain[key]!r:.80}")
            elif key not in plain and key in _REQUIRED:
                problems.add(f"{key} is missing")
        for key in [key for key in plain if key not in {*_REQUIRED, *_OPTIONAL, "schema", "version"}]:
            problems.add(f"unknown key {key!r}; {nearest(key, [*_REQUIRED, *_OPTIONAL])}")
        problems.raise_any()
        check_settings(plain.get("compile", {}), problems)
        _check_class_weight(plain.get("class_weight", {}), problems)
        _check_numbers(plain, problems)
        candidate = _candidate(plain, custom_objects, problems)
        problems.raise_any()
        optional = {_ATTRIBUTES.get(key, key): plain[key] for key in _OPTIONAL if key in plain}
        return cls(candidate=candidate, epochs=plain["epochs"], **optional)

    @property
    def _shapes(self) -> Mapping[str, Any]:
        """The shape of each output of the tuned model, those without a loss among them; empty where nobody noted them."""
        shapes: Mapping[str, Any] = self.fingerprints.get("outputs", {})
        return shapes

    def _check_outputs(self, model: keras.Model, outputs: list[str]) -> None:
        problems = Problems("the model does not match the configuration")
        for name in [name for name in self.candidate.losses if name not in outputs]:
            problems.add(f"it has no output {name!r}, which was tuned; {nearest(name, outputs)}")
        for name in [name for name in outputs if name not in self.candidate.losses and name not in self._shapes]:
            problems.add(f"its output {name!r} was not tuned; {nearest(name, self.candidate.losses)}")
        shapes = output_shapes(model)
        for name, shape in self._shapes.items():
            if name in shapes and shapes[name] != shape:
                problems.add(f"output {name!r} has shape {shapes[name]}, it was tuned with {shape}")
        problems.raise_any()


def load_config(path: str | os.PathLike[str], custom_objects: Mapping[str, Any] | None = None) -> BestConfig:
    """Loads a configuration that `BestConfig.save` wrote, and runs no code from the file.

    Args:
        path: Where `best.json` is.
        custom_objects: Losses, optimizers and schedules that are not Keras's own, by their name or by their place in the study
            (`kind/loss/1`): the object itself, or the class where its `get_config` tells all.

    Raises:
        InputError: The file is not such a configuration; the error lists every mistake.
        OSError: The file cannot be read.

    Example:
        >>> from search_spaces import compiled_candidate
        >>> path = BestConfig(compiled_candidate(build()), epochs=5).save(folder / "best.json")
        >>> config = load_config(path)
        >>> model = config.compile(build())
        >>> float(model.optimizer.learning_rate), config.epochs
        (0.009999999776482582, 5)
    """
    file = Path(path)
    if file.stat().st_size > MAX_BYTES:
        raise InputError(f"{file} is larger than {MAX_BYTES} bytes, so it is no configuration of this tool")
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON: {error}") from error
    return BestConfig.from_dict(plain, custom_objects)


def output_shapes(model: keras.Model) -> dict[str, list[int | None]]:
    """The shape of each output without its rows, by name.

    Example:
        >>> output_shapes(build())
        {'urgent': [1], 'kind': [3]}
    """
    tensors = by_output_name(output_structure(model), output_names(model))
    return {name: list(tensor.shape[1:]) for name, tensor in tensors.items()}


def _check_schema(plain: Any) -> None:
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        raise InputError(f"expected a configuration with schema {SCHEMA!r}, as BestConfig.save writes it")
    version = plain.get("version")
    if not isinstance(version, int) or version > VERSION or version < 1:
        raise InputError(
            f"the configuration has version {version!r}, this program reads up to {VERSION}; upgrade loss-weight-tuner"
        )


def _check_numbers(plain: Mapping[str, Any], problems: Problems) -> None:
    """Every number, so that the error lists all that are wrong."""
    for output, weight in plain["loss_weights"].items():
        if not is_finite_number(weight) or weight < 0:
            problems.add(f"the weight of {output!r} must be a number from 0 up, got {weight!r:.80}")
    if not is_finite_number(plain["learning_rate"]) or plain["learning_rate"] <= 0:
        problems.add(f"learning_rate must be above 0, got {plain['learning_rate']!r:.80}")
    for name in ("epochs", "batch_size"):
        number = plain.get(name)
        if number is not None and (isinstance(number, bool) or number < 1):
            problems.add(f"{name} must be a whole number from 1 up, got {number!r:.80}")
    shapes = plain.get("fingerprints", {}).get("outputs", {})
    if not isinstance(shapes, Mapping):
        problems.add(f"fingerprints.outputs must be a mapping from output to shape, got {shapes!r:.80}")


def _check_class_weight(by_output: Mapping[str, Any], problems: Problems) -> None:
    for output, weights in by_output.items():
        known = isinstance(weights, Mapping) and all(map(str.isdecimal, weights))
        if not known or not all(is_finite_number(weight) and weight >= 0 for weight in weights.values()):
            problems.add(f"class_weight of {output!r} must map classes to numbers from 0 up, got {weights!r:.80}")


def _candidate(plain: Mapping[str, Any], custom_objects: Mapping[str, Any] | None, problems: Problems) -> Candidate:
    if set(plain["losses"]) != set(plain["loss_weights"]) or not plain["losses"]:
        problems.add(f"losses name {sorted(plain['losses'])} and loss_weights {sorted(plain['loss_weights'])}; both must agree")
    for name, spec in [("optimizer", plain["optimizer"]), *plain["losses"].items()]:
        if not isinstance(spec, Mapping):
            problems.add(f"{name} must be a mapping with class_name and config, got {spec!r:.80}")
            continue
        try:
            (OptimizerSpec if name == "optimizer" and spec is plain["optimizer"] else LossSpec).from_dict(spec)
        except InputError as error:
            problems.include(error, name)
    problems.raise_any()
    return Candidate.from_dict({**plain, "weights": plain["loss_weights"]}, custom_objects)
