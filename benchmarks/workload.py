"""One piece of work that every contender does alike, and what a trial of it chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import keras
from keras.losses import BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy

from benchmarks.data import Data
from search_spaces import OutputSpace, RelativeWeights, SearchSpace
from tuner import Objective

SEED = 7
LEARNING_RATE = (1e-4, 1e-2)
WEIGHT = (0.05, 20.0)
BINARY_LOSSES: dict[str, Callable[[], keras.Loss]] = {
    "crossentropy": lambda: BinaryCrossentropy(from_logits=True),
    "focal": lambda: BinaryFocalCrossentropy(from_logits=True),
}
CATEGORICAL_LOSSES: dict[str, Callable[[], keras.Loss]] = {
    "crossentropy": lambda: CategoricalCrossentropy(from_logits=True),
    "smoothed": lambda: CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
}


@dataclass(frozen=True)
class Chosen:
    """What one trial chooses; the fields' names are the parameters' names in every rival.

    Attributes:
        learning_rate: Adam's.
        binary_loss: A key of `BINARY_LOSSES`.
        categorical_loss: A key of `CATEGORICAL_LOSSES`.
        weight: Loss weight of the categorical output; the binary one's is 1.
    """

    learning_rate: float
    binary_loss: str
    categorical_loss: str
    weight: float


# Everything in it is away from the defaults, so that a contender that drops one of the choices gets other results.
FIXED = Chosen(learning_rate=3e-3, binary_loss="focal", categorical_loss="smoothed", weight=3.0)


@dataclass(frozen=True)
class Workload:
    """A model with one binary and one categorical output, both logits, its data, and how long it is trained.

    Attributes:
        name: Its name on the command line.
        build: Builds the model.
        load: Makes or fetches the arrays.
        epochs: Number of epochs of every trial.
        batch_size: Rows per step.
        binary: Name of the binary output; measured by AUC.
        categorical: Name of the categorical output; measured by accuracy.
    """

    name: str
    build: Callable[[], keras.Model]
    load: Callable[[], Data]
    epochs: int
    batch_size: int
    binary: str = "answer"
    categorical: str = "kind"

    def smaller(self, rows: int | None, epochs: int | None) -> Workload:
        """The same on fewer rows and epochs, where they are given."""
        load = self.load if rows is None else lambda: self.load().head(rows)
        return replace(self, load=load, epochs=epochs or self.epochs)

    def space(self) -> SearchSpace:
        """What may be chosen, in this project's words."""
        return SearchSpace(
            outputs={
                self.binary: OutputSpace([make() for make in BINARY_LOSSES.values()]),
                self.categorical: OutputSpace([make() for make in CATEGORICAL_LOSSES.values()]),
            },
            weights=RelativeWeights(self.binary, *WEIGHT),
            learning_rate=LEARNING_RATE,
            optimizer="adam",
        )

    def objectives(self) -> list[Objective]:
        """AUC of the binary output and accuracy of the categorical one."""
        return [Objective(self.binary, "auc"), Objective(self.categorical, "accuracy")]

    def metrics(self) -> dict[str, list[keras.Metric]]:
        """The same objectives for `Model.compile`."""
        return {
            self.binary: [keras.metrics.AUC(from_logits=True, name="auc")],
            self.categorical: [keras.metrics.CategoricalAccuracy(name="accuracy")],
        }

    def history_keys(self) -> tuple[str, str]:
        """Where `Model.fit` keeps the objectives' values."""
        return f"val_{self.binary}_auc", f"val_{self.categorical}_accuracy"

    def compile(self, model: keras.Model, chosen: Chosen) -> keras.Model:
        """Compiles the model by hand with what a trial chose and the objectives as metrics; returns it."""
        model.compile(
            optimizer=keras.optimizers.Adam(chosen.learning_rate),
            loss={
                self.binary: BINARY_LOSSES[chosen.binary_loss](),
                self.categorical: CATEGORICAL_LOSSES[chosen.categorical_loss](),
            },
            loss_weights={self.binary: 1.0, self.categorical: chosen.weight},
            metrics=self.metrics(),
        )
        return model

    def compiled(self) -> keras.Model:
        """The model compiled with `FIXED`, which so becomes the baseline `current` of a search."""
        return self.compile(self.build(), FIXED)
