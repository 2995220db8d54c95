"""The evidence for the file that production loads."""

import json

import reports
from tests.test_reports._simulated import A, B, simulated


def test_evidence_is_plain_data():
    frame = simulated(effects=(6.0, 6.0))
    evidence = reports.evidence(frame, 4)
    assert json.loads(json.dumps(evidence, allow_nan=False)) == evidence
    assert (evidence["verdict"], evidence["data"], evidence["seeds"]) == ("gain", "validation", list(range(1, 11)))
    assert [row["objective"] for row in evidence["intervals"]] == [A, B, "delta_m"]
