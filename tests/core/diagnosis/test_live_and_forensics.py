"""A run's diagnosis while it trains, and its fatal step taken apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from core.diagnosis.live import LiveDiagnosis
from core.diagnosis.of_run import diagnosis_of
from core.recipe.codec import parse_recipe, to_document
from core.recipe.presets import PRESETS
from core.runtime.inspector import Inspector
from core.store.forensics import kept_trace
from core.store.workspace import Run, Workspace
from core.train.forensics import trace
from core.train.process import train_run


def trained(workspace: Workspace, preset: str, **changes: object) -> Run:
    run = workspace.create(to_document(parse_recipe({**PRESETS[preset].document, **changes})))
    train_run(run.path, log_to_file=False, uploads=workspace.home)
    return run


def test_a_run_keeps_its_diagnosis_and_tells_each_fault_once(workspace: Workspace) -> None:
    run = trained(workspace, "zero-init")
    document = diagnosis_of(run)
    assert document["cause"] == "GR012"
    reader = run.reader()
    assert reader is not None
    told = [event.data["id"] for event in reader.events() if event.kind == "finding"]
    assert told.count("GR012") == 1
    assert len(told) == len(set(told))
    assert reader.state()["findings"][0] == "GR012"


def test_looks_are_spaced(workspace: Workspace) -> None:
    class NoWriter:
        def put_meta(self, key: str, text: str) -> None: ...

        def event(self, *_: object, **__: object) -> None: ...

    run = trained(workspace, "digits-mlp", train={"epochs": 1})
    live = LiveDiagnosis(run, NoWriter())  # type: ignore[arg-type]
    assert live.look("running", 1) is not None
    assert live.look("running", 2) is None
    assert live.look("running", 3, force=True) is not None
    live.close()


def test_the_fatal_step_is_repeated_and_its_first_bad_tensor_named(workspace: Workspace) -> None:
    run = trained(workspace, "exploding-init")
    reader = run.reader()
    assert reader is not None
    step = next(event.step for event in reader.events() if event.kind == "non_finite")
    found = trace(run, step, workspace.home)
    assert found["module"].startswith("hidden")
    assert found["what"] == "the output of Linear"
    assert found["kind"] == "infinite"
    largest = {row["module"]: row["largest"] for row in found["modules"]}
    modules = list(largest)
    assert all(isinstance(largest[m], float) for m in modules[: modules.index(found["module"])])
    saved = torch.load(run.path / found["file"], weights_only=True)
    assert len(saved["x"]) == found["batch_size"] == 64
    assert kept_trace(run) == json.loads(json.dumps(found))


@pytest.mark.slow
def test_the_inspector_answers_and_survives_nonsense(workspace: Workspace, tmp_path: Path) -> None:
    inspector = Inspector()
    try:
        bad = inspector.preflight(parse_recipe(PRESETS["raw-features"].document), tmp_path)
        assert bad.diagnosis.cause is not None
        assert bad.diagnosis.cause.name == "unscaled-input"
        assert bad.diagnosis.cause.remedies[0].changes == {"data.standardise": True}
        good = inspector.preflight(parse_recipe(PRESETS["digits-mlp"].document), tmp_path)
        assert good.diagnosis.cause is None
        assert inspector.known(parse_recipe(PRESETS["digits-mlp"].document)) is good
    finally:
        inspector.close()
