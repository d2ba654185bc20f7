"""The All runs page: filters, deletion and undo."""

from __future__ import annotations

from core.store.workspace import Workspace
from tests.pages.conftest import Open, calm, finished
from tests.synthetic_run import SyntheticRun


def names(at) -> list[str]:
    return list(at.dataframe[0].value["Name"]) if at.dataframe else []


def test_text_and_status_filters(open_page: Open, full: Workspace) -> None:
    at = open_page("runs")
    assert len(names(at)) == 6
    at.text_input[0].set_value("STOPPED").run()
    assert names(at) == ["stopped one"]
    at.text_input[0].set_value("").run()
    at.button_group[0].set_value(["damaged"]).run()
    calm(at)
    assert names(at) == ["damaged one"]
    at.text_input[0].set_value("no such thing").run()
    calm(at)
    assert "No run fits" in at.info[0].value


def test_delete_and_undo(open_page: Open, workspace: Workspace) -> None:
    from app.views import runs as view
    from core.store.summaries import summaries

    run = finished(workspace)
    active = SyntheticRun(workspace, "busy")
    active.append(10)
    at = open_page("runs")
    chosen = summaries(workspace)
    deleted = [found.id for found in chosen if found.status not in view.ACTIVE]
    assert deleted == [run.id]
    workspace.trash(run.id)
    at.session_state["just_deleted"] = [run.id]
    at.run()
    calm(at)
    next(b for b in at.button if b.label == "Undo").click().run()
    calm(at)
    assert workspace.trashed() == []
    assert len(names(at)) == 2


def test_the_trash_can_be_emptied_after_a_second_thought(open_page: Open, workspace: Workspace) -> None:
    run = finished(workspace)
    workspace.trash(run.id)
    at = open_page("runs")
    empty = next(b for b in at.button if b.label.startswith("Empty the trash"))
    assert empty.disabled
    next(c for c in at.checkbox if c.label == "I mean it").check().run()
    next(b for b in at.button if b.label.startswith("Empty the trash")).click().run()
    calm(at)
    assert workspace.trashed() == []
