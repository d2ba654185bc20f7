"""A rate at which one seed went astray has no mean: neither in the document, nor in the chart, nor in the stable range."""

from __future__ import annotations

import numpy as np
import pytest
from races_for_tests import raced

from app.charts.race import sensitivity_figure
from core.race import outcome
from core.store.workspace import Workspace

RATES = [0.001, 0.01, 0.1, 1.0]
FINALS = np.array([[2.0, 2.0], [0.9, 0.7], [0.1, np.nan], [np.inf, np.inf]])


def test_a_rate_at_which_a_seed_went_astray_has_no_mean_anywhere(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = outcome.Sweep(0, RATES, FINALS, outcome._stable(RATES, FINALS, untrained=2.5))
    assert sweep.means == pytest.approx([2.0, 0.8, np.nan, np.nan], nan_ok=True)
    assert sweep.stable == (0.01, 0.01)
    line = next(trace for trace in sensitivity_figure([sweep], {0: "SGD"}).data if trace.mode == "lines")
    assert np.array_equal(line.y, sweep.means, equal_nan=True)
    _, record = raced(workspace, base={"train": {"epochs": 1}}, seeds=1)
    monkeypatch.setattr(outcome, "sweeps", lambda _: [sweep])
    (told,) = outcome.document(record, "done")["sensitivity"]
    assert told["mean_val_loss"] == pytest.approx(sweep.means.tolist(), nan_ok=True)
    assert told["stable_range"] == [0.01, 0.01]


def test_no_rate_came_through() -> None:
    astray = np.full((2, 2), np.nan)
    assert np.isnan(outcome.sweep_means(astray)).all()
    assert outcome._stable(RATES[:2], astray, untrained=2.5) is None
