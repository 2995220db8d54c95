"""What replicates say: paired differences, intervals, finalists, verdict."""

from reports.confirmation._confirmation import Confirmation, confirmation
from reports.confirmation._confirmed import Confirmed, confirmed
from reports.confirmation._estimates import Estimates
from reports.confirmation._evidence import evidence
from reports.confirmation._finalists import finalists
from reports.confirmation._intervals import intervals
from reports.confirmation._paired import Paired
from reports.confirmation._replicates import replicates
from reports.confirmation._verdict import Verdict, decide, verdict

__all__ = [
    "Confirmation",
    "Confirmed",
    "Estimates",
    "Paired",
    "Verdict",
    "confirmation",
    "confirmed",
    "decide",
    "evidence",
    "finalists",
    "intervals",
    "replicates",
    "verdict",
]
