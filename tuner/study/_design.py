"""What a study searches, and what makes the models and candidates of its trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces import Candidate, SearchSpace, Spec, names, with_live_objects
from tuner.inputs import Architecture


@dataclass(frozen=True)
class StudyDesign:
    """What all trials of a study choose from and are made with.

    Attributes:
        space: What may be chosen.
        architecture: Builds the models, and is asked for hyperparameters.
        current: Today's configuration; None where the model is not compiled.
        seed: Seed of the sampler and of every trial: common random numbers make trials comparable.
    """

    space: SearchSpace
    architecture: Architecture
    current: Candidate | None = None
    seed: int = 0

    @property
    def specs(self) -> list[Spec]:
        """Every loss and optimizer that may be trained with, today's among them."""
        found = [*(loss for space in self.space.outputs.values() for loss in space.losses), *self.space.optimizer]
        return found if self.current is None else [*found, *self.current.losses.values(), self.current.optimizer]

    def stored_candidate(self, attributes: Mapping[str, Any]) -> Candidate:
        """The candidate that is stored in a trial's attributes, with the losses and optimizers that are at hand."""
        return with_live_objects(Candidate.from_dict(attributes[names.CANDIDATE]), self.space, self.current)
