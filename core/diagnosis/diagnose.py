"""All rules over one case."""

from __future__ import annotations

import numpy as np

from core.diagnosis.case import Case
from core.diagnosis.catalogue import RULES
from core.diagnosis.causes import Diagnosis, order


def diagnose(case: Case) -> Diagnosis:
    """Judge `case` by every rule for which it has the records; NaN in them is evidence, not an error."""
    findings, considered = [], []
    with np.errstate(all="ignore"):
        for rule in RULES.values():
            if rule.lacks(case):
                continue
            finding = rule.examine(case)
            if finding is None:
                considered.append(rule.key)
            else:
                findings.append(finding)
    return order(findings, tuple(considered))
