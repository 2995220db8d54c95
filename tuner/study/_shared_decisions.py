"""What all workers of a study do alike: the first one decides."""

from __future__ import annotations

from typing import Any

import optuna

from search_spaces import names


class SharedDecisions:
    """Decisions kept with the study itself, so that workers on other machines find them.

    Args:
        study: Whose attributes hold them.
    """

    def __init__(self, study: optuna.Study) -> None:
        self._study = study

    def get(self, what: str) -> Any:
        """What was decided; None where nothing was."""
        return self._study.user_attrs.get(names.DECISION_PREFIX + what)

    def keep(self, what: str, value: Any) -> Any:
        """Decides, unless another worker was faster.

        Returns:
            What holds.
        """
        if self.get(what) is None:
            self._study.set_user_attr(names.DECISION_PREFIX + what, value)
        return self.get(what)
