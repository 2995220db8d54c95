"""The results of a study's replicates: estimates, draws of the true means, and the best trial by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports.confirmation._estimates import Estimates, estimates
from reports.confirmation._paired import Paired, paired
from reports.confirmation._paired_delta_m import single_rows
from reports.confirmation._plan import JudgingPlan, Judgment, rule_key
from reports.confirmation._posterior_draws import draw_means
from reports.ranking import Rule, Scale, relative_improvement, rule_of, scale_of, study_frame
from search_spaces import InputError, names

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class ReplicateResults:
    """The results of a study's replicates.

    The pick is chosen on validation data. Its gain is measured on test data where the replicates have them: the candidates
    were selected on the validation data, which therefore flatter them.

    Attributes:
        validation: Estimates on validation data.
        test: Estimates on test data, where there are any.
        judged: Estimates of each judged pick and the reference by the seeds that judge it, by the pick's trial number; none where
            the first verdict is not complete, or in a study of one stage.
        plan: Which seeds choose and which judge; None in a study of one stage, where the same seeds do both.
        scale: Scale of the search, on which a preference is measured; it scores candidates where Δm cannot be computed.
    """

    validation: Estimates
    test: Estimates | None
    scale: Scale
    judged: Mapping[int, Estimates] = field(default_factory=dict)
    plan: JudgingPlan | None = None

    @property
    def paired(self) -> Paired:
        """The replicates on validation data."""
        return self.validation.paired

    @property
    def evidence(self) -> Estimates:
        """The estimates that gains are judged by: on test data, or on validation data where there are no test data."""
        enough = self.test is not None and len(self.test.paired.seeds) >= min(2, len(self.paired.seeds))
        return self.test if enough and self.test is not None else self.validation

    def evidence_on(self, trial: int) -> Estimates | None:
        """The estimates that a trial is judged by; None where no verdict on it is complete."""
        if self.plan is None or trial == self.reference_trial:
            return self.evidence
        return self.judged.get(trial)

    @property
    def all_estimates(self) -> list[Estimates]:
        """All estimates: of the seeds that choose, on each kind of data, then of those that judge."""
        return [self.validation, *([] if self.test is None else [self.test]), *self.judged.values()]

    @property
    def reference_trial(self) -> int | None:
        """Number of the trial that candidates are compared with; None where it has no value with every seed."""
        at = self.paired.reference
        return None if at is None else int(self.paired.trials[at])

    @cached_property
    def draws(self) -> np.ndarray:
        """Draws of the true validation means, shape (draws, candidates, objectives); none below two seeds."""
        values = self.paired.values
        return draw_means(values) if len(self.paired.seeds) > 1 else np.empty((0, len(values), values.shape[2]))

    def rule(self, prefer: Mapping[str, float] | None, require: Mapping[str, float] | None) -> Rule:
        """The rule that a preference and requirements make.

        Raises:
            InputError: Unknown names or wrong numbers.
        """
        return rule_of(prefer, require, self.paired.meta, self.scale)

    def best_trials(self, rule: Rule, values: np.ndarray) -> np.ndarray:
        """The best trial by each set of means, −1 where none meets what is required.

        Args:
            rule: The preference and requirements.
            values: Shape (…, candidates, objectives), more is better.

        Returns:
            Trial numbers of shape (…,).
        """
        pickable = self.paired.pickable
        positions = rule.best_positions(values[..., pickable, :], self._score(values)[..., pickable])
        return np.where(positions < 0, -1, self.paired.trials[pickable][positions])

    def best_trial(self, prefer: Mapping[str, float] | None = None, require: Mapping[str, float] | None = None) -> int:
        """The number of the best trial: the stored pick of this rule, else the best by the means of the seeds that choose.

        Raises:
            InputError: Unknown names, or no confirmed candidate meets what is required.
        """
        rule, means = self.rule(prefer, require), self.paired.values.mean(axis=1)
        chosen = None if self.plan is None else self.plan.picks.get(rule_key(prefer, require))
        if chosen is not None and chosen.trial in self.paired.trials:
            return chosen.trial
        trial = int(self.best_trials(rule, means)) if self.paired.pickable.any() else -1
        if trial < 0:
            raise InputError(self._why_none(rule, means))
        return trial

    def _score(self, values: np.ndarray) -> np.ndarray:
        """Δm, or the mean of the normalised objectives where Δm cannot be computed; shape (…, candidates)."""
        own = values * self.paired.sign
        singles = single_rows(self.paired)
        if not self.validation.has_delta_m or singles is None:
            score: np.ndarray = self.scale.normalise(own).mean(axis=-1)
            return score
        alone = own[..., singles, np.arange(len(singles))][..., None, :]
        positive = 1e-9 * np.abs(self.paired.values[singles, :, np.arange(len(singles))].mean(axis=-1))  # a draw can fall below 0
        return relative_improvement(own, np.maximum(alone, positive), self.paired.sign)

    def _why_none(self, rule: Rule, means: np.ndarray) -> str:
        paired = self.paired
        if not paired.pickable.any():
            return "no candidate finished with every seed, so there is none to choose from; give a trial number"
        best = (means[paired.pickable].max(axis=0) * paired.sign).tolist()
        wanted = zip(paired.objectives, best, rule.bounds * paired.sign, strict=True)
        best_means = ", ".join(f"{name} {value:.4g} (required {bound:g})" for name, value, bound in wanted if np.isfinite(bound))
        return f"no confirmed trial meets everything that is required; the best mean of each alone: {best_means}"


def replicate_results(study: optuna.Study | pd.DataFrame) -> ReplicateResults | None:
    """The results of a study's replicates; None where there are none.

    Args:
        study: A study that loss-weight-tuner ran, or the table of `study_frame`.
    """
    frame = study if isinstance(study, pd.DataFrame) else study_frame(study)
    plan = JudgingPlan.of(frame.attrs["study"])
    choosing = None if plan is None else plan.choosing
    validation, test = paired(frame, only_seeds=choosing), paired(frame, names.TEST, choosing)
    if validation is None:
        return None
    if plan is None:
        return ReplicateResults(estimates(validation), None if test is None else estimates(test), _scale(frame))
    on_validation = estimates(validation, names.CHOOSING, None)
    on_test = None if test is None else estimates(test, names.CHOOSING, None)
    chosen = ReplicateResults(on_validation, on_test, _scale(frame), plan=plan)
    found = {judgment.trial: _judged(frame, plan, judgment, chosen.reference_trial) for judgment in plan.judgments}
    return replace(chosen, judged={trial: judged for trial, judged in found.items() if judged is not None})


def _judged(frame: pd.DataFrame, plan: JudgingPlan, judgment: Judgment, reference: int | None) -> Estimates | None:
    """The estimates of the last complete verdict on a pick: what is trained beyond it is not looked at."""
    if reference is None:
        return None
    for step, count in reversed(list(enumerate(judgment.steps))):
        pair = paired(frame, judgment.data, judgment.seeds[:count], (judgment.trial, reference))
        if pair is not None and len(pair.seeds) == count and len(pair.trials) == 2:
            return estimates(pair, names.JUDGED, plan.level(judgment, step))
    return None


def _scale(frame: pd.DataFrame) -> Scale:
    search = frame[(frame[names.STATE] == names.COMPLETE) & frame[names.REPLICATE_OF].isna()]
    return scale_of(search, frame.attrs["study"])
