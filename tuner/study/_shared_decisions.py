"""Decisions that all workers of a study share; the first worker makes them."""

from __future__ import annotations

from typing import Any

import optuna

from search_spaces import names


class SharedDecisions:
    """Reads and stores decisions in the study's attributes, where workers on other machines find them.

    Args:
        study: The study whose workers share the decisions.
    """

    def __init__(self, study: optuna.Study) -> None:
        self._study = study

    def get(self, what: str) -> Any:
        """The decision on this question; None where there is none yet."""
        return self._study.user_attrs.get(names.DECISION_PREFIX + what)

    def keep(self, what: str, value: Any) -> Any:
        """Stores a decision, unless another worker was faster.

        Returns:
            The decision that holds for all workers.
        """
        if self.get(what) is None:
            self._study.set_user_attr(names.DECISION_PREFIX + what, value)
        return self.get(what)
