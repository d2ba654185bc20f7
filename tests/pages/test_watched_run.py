"""Pages that show a watched run draw it, and offer nothing that only a trainer of ours can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import BadInput
from core.runtime import jobs
from core.store.workspace import Run, Workspace
from core.watch.doctor import Doctor
from tests.core.watch.loops_for_tests import evaluate, mlp, train, watched
from tests.pages.conftest import Open, calm, finished


@pytest.fixture
def seen(tmp_path: Path, workspace: Workspace) -> tuple[Run, Doctor]:
    """A watched run that this process still trains."""
    import torch

    model = mlp()
    doctor = watched(model, torch.optim.Adam(model.parameters()), tmp_path, name="watched one")
    train(model, doctor._watched.optimizers[0], doctor, 12)
    evaluate(model.eval(), doctor)
    doctor.findings()
    return workspace.run(doctor.run_id), doctor


@pytest.mark.parametrize("ended", [False, True])
def test_the_run_page_offers_no_controls(ended: bool, open_page: Open, seen: tuple[Run, Doctor]) -> None:
    run, doctor = seen
    if ended:
        doctor.close()
    at = open_page("run", run=run.id)
    calm(at)
    offered = {button.label for button in at.button}
    assert not offered & {
        "Pause",
        "Resume",
        "Stop and keep",
        "Checkpoint now",
        "Apply",
        "Extend",
        "End the process",
        "Fork",
    }
    assert any("gradclinic.watch" in caption.value for caption in at.caption)
    for tab in ("What was watched", "Download", "History"):
        at.session_state["run_tabs"] = tab
        calm(at.run())
    doctor.close()


@pytest.mark.parametrize("key", ["home", "runs", "compare"])
def test_other_pages_list_it(key: str, open_page: Open, seen: tuple[Run, Doctor], workspace: Workspace) -> None:
    run, doctor = seen
    other = finished(workspace)
    calm(open_page(key, **({"runs": f"{run.id},{other.id}"} if key == "compare" else {})))
    doctor.close()


def test_what_needs_a_recipe_is_refused_in_a_sentence(seen: tuple[Run, Doctor], workspace: Workspace) -> None:
    from core.export.records import rows_csv, rows_json
    from core.export.script import script_zip

    run, doctor = seen
    doctor.close()
    assert rows_csv(run)
    assert rows_json(run)
    for act in (
        lambda: jobs.resume(workspace, run),
        lambda: jobs.settings_at(run, 1),
        lambda: jobs.kill(run),
        lambda: script_zip(run),
    ):
        with pytest.raises(BadInput, match="program"):
            act()
