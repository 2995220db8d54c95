"""A study: ask, tell, share among workers."""

from tuner.study._design import StudyDesign
from tuner.study._identity import study_meta, versions
from tuner.study._interrupts import ending_on_request
from tuner.study._leases import Worker
from tuner.study._limits import Limits
from tuner.study._numbered_candidates import NumberedCandidates, is_history_free
from tuner.study._pruner import DominancePruner
from tuner.study._resumption import check_resumption
from tuner.study._runner import Runner
from tuner.study._sampler import default_sampler
from tuner.study._semantics import Resumption
from tuner.study._study import Study
from tuner.study._trial_facts import counts, finished, is_replicate, needs_no_rerun, was_run

__all__ = [
    "DominancePruner",
    "Limits",
    "NumberedCandidates",
    "Resumption",
    "Runner",
    "Study",
    "StudyDesign",
    "Worker",
    "check_resumption",
    "counts",
    "default_sampler",
    "ending_on_request",
    "finished",
    "is_history_free",
    "is_replicate",
    "needs_no_rerun",
    "study_meta",
    "versions",
    "was_run",
]
