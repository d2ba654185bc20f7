"""A teacher's run that students look at: nothing of the teacher's changes, nothing long is computed, no file of theirs leaves.

And the fault of an exercise: kept back from all that a student can read, told and there again once it ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.classroom.visitors import Visitor
from core.diagnosis.case import case_of
from core.errors import BadInput, NotAllowed
from core.explain.base import Question
from core.export.records import rows_json
from core.export.script import leave_with_owner, script_zip
from core.recipe.codec import parse_recipe, to_document
from core.runtime import jobs, treatment
from core.runtime.explainer import Explainer
from core.runtime.explaining.line import Line
from core.runtime.inspector import Inspector
from core.store.checkpoints import Checkpoint
from core.store.weights import KeptWeights, describe, list_weights, weights_folder, weights_path
from core.store.workspace import Run, Workspace
from core.surfaces.network.landscape import measure
from tests.core.classroom.conftest import SMALL, Class
from tests.synthetic_run import SyntheticRun

SAVED = Checkpoint(20, 1.0, "auto", "0" * 64, 3, 0.0, 0.5)
REMEDY = {"label": "Mend the loop", "changes": {"train.fault": "none"}}
WEIGHTS = "digits-0123456789ab"


def trained(workspace: Workspace, status: str = "done", **changes: Any) -> Run:
    """A run that ended, with one checkpoint."""
    recipe = to_document(parse_recipe({**SMALL, **changes}))
    made = SyntheticRun(workspace, "Small", 60, recipe=recipe, nan=None, spike=None)
    made.append(60)
    made.finish(status)
    made.run.checkpoints.save(SAVED, lambda file: file.write(b"abc"), expected_bytes=3)
    return made.run


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder with its time and size; what SQLite puts beside a file that is read is no change."""
    found = (path for path in sorted(folder.rglob("*")) if not path.name.endswith(("-wal", "-shm")))
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in found
        if path.is_file()
    }


def keep(workspace: Workspace) -> None:
    """Kept weights, as the inspector writes them."""
    folder = weights_folder(workspace.home)
    folder.mkdir(parents=True)
    (folder / f"{WEIGHTS}.safetensors").write_bytes(b"tensors")
    (folder / f"{WEIGHTS}.json").write_text(describe(KeptWeights(WEIGHTS, "run", 20, "mlp", "digits")))


REFUSED: dict[str, Callable[[Workspace, Run], object]] = {
    "stop": lambda anns, run: run.control.send("stop"),
    "extend": lambda anns, run: run.control.send("extend", {"epochs": 5}),
    "rename": lambda anns, run: run.control.set_labels(name="Mine"),
    "cancel": jobs.cancel,
    "resume": jobs.resume,
    "queue": jobs.enqueue,
    "end": lambda anns, run: jobs.kill(run),
    "delete": lambda anns, run: anns.trash(run.id),
    "fork": lambda anns, run: jobs.fork(anns, run, 20, {"optim.lr": 0.5}),
    "treat": lambda anns, run: treatment.treat(anns, run, {"id": "GR1", "name": "x", "first_step": 30}, REMEDY),
    "keep weights": lambda anns, run: Inspector().keep_weights(run, 20, anns.home),
    "find the first NaN": lambda anns, run: Inspector().trace(run, 30, anns.home),
    "attack": lambda anns, run: Inspector().robustness(run, SAVED, run.home),
    "measure the loss": lambda anns, run: list(measure(Inspector(), run, {"size": 3})),
    "explain": lambda anns, run: Explainer(anns.home).explanation(
        run, SAVED, Question(method="shapley", rows=(0,)), asker="ann"
    ),
    "influence": lambda anns, run: Explainer(anns.home).influence(run, SAVED, [0], {}, "true", asker="ann"),
    "concepts": lambda anns, run: Explainer(anns.home).concepts(run, SAVED, [], "", {}, asker="ann"),
}


@pytest.mark.parametrize("act", REFUSED)
def test_what_would_change_or_cost_is_refused_and_nothing_is_written(lesson: Class, act: str) -> None:
    teachers, anns = lesson.workspaces.of(lesson.teacher), lesson.workspaces.of(lesson.ann)
    run = trained(teachers)
    lesson.room.show(lesson.teacher, "run", {"run": run.id}, [run.id])
    before = contents(teachers.home / "runs")
    with pytest.raises(NotAllowed, match=r"somebody else's|only shown"):
        REFUSED[act](anns, anns.run(run.id))
    assert contents(teachers.home / "runs") == before
    assert list(anns.runs()) == []


def test_what_the_owner_has_asked_can_be_looked_at(lesson: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Line, "start", lambda self: None)
    teachers, anns = lesson.workspaces.of(lesson.teacher), lesson.workspaces.of(lesson.ann)
    run, explainer, question = trained(teachers), Explainer(teachers.home), Question(method="shapley", rows=(0,))
    lesson.room.show(lesson.teacher, "explain", {"run": run.id}, [run.id])
    seen = anns.run(run.id)
    with pytest.raises(NotAllowed, match="only shown"):
        explainer.explanation(seen, SAVED, question, asker="ann")
    explainer.explanation(teachers.run(run.id), SAVED, question, asker="teacher")
    assert explainer.explanation(seen, SAVED, question, asker="ann").state == "waiting"
    quick = Question(method="saliency", rows=(0,))
    assert explainer.explanation(seen, SAVED, quick, asker="ann").state == "waiting", "what takes no time may be asked"
    anns_own = trained(anns)
    assert explainer.explanation(anns_own, SAVED, question, asker="ann").state == "waiting"


def test_the_teacher_may_have_a_students_run_worked_out(lesson: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Line, "start", lambda self: None)
    run = trained(lesson.workspaces.of(lesson.ann))
    seen = lesson.workspaces.of(lesson.teacher).run(run.id)
    assert seen.read_only
    explainer = Explainer(lesson.workspaces.home.home)
    assert explainer.explanation(seen, SAVED, Question(method="shapley", rows=(0,)), asker="teacher").state == "waiting"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": {"key": "upload", "file": "shop-0123abcd", "target": "sold"}}, "a table"),
        ({"transfer": {"weights": WEIGHTS}}, "kept weights"),
    ],
)
def test_a_script_takes_no_file_of_the_owner_along(lesson: Class, changes: dict[str, Any], words: str) -> None:
    run = trained(lesson.workspaces.of(lesson.teacher), **changes)
    lesson.room.show(lesson.teacher, "run", {"run": run.id}, [run.id])
    with pytest.raises(NotAllowed, match=f"would hold {words} of its owner's"):
        script_zip(lesson.workspaces.of(lesson.ann).run(run.id))
    leave_with_owner(lesson.workspaces.of(lesson.teacher).run(run.id), [parse_recipe(run.document())])


# ---- the fault of an exercise ---------------------------------------------------------------------------------------


def faulty(lesson: Class, *opened: str) -> tuple[str, dict[str, Any]]:
    """An exercise with a fault in its loop, and the document of a copy."""
    recipe = {**SMALL, "train": {"epochs": 2, "fault": "no_zero_grad"}}
    return lesson.room.give(lesson.teacher, "What is wrong?", "", recipe, opened or ("optim",)), recipe


def tells(run: Run) -> bool:
    """Whether the recipe that a student reads names the fault."""
    return "no_zero_grad" in json.dumps(run.document())


def read(lesson: Class, who: Visitor, run: Run) -> Run:
    """The run as `who` gets it now."""
    return lesson.workspaces.of(who).run(run.id)


@pytest.mark.parametrize("end", ["close", "tell", "another", "end"])
def test_the_fault_is_kept_back_until_the_exercise_ends_or_it_is_told(lesson: Class, end: str) -> None:
    exercise, recipe = faulty(lesson)
    run = trained(lesson.workspaces.of(lesson.ann), **{"train": recipe["train"]})
    seen = read(lesson, lesson.ann, run)
    assert seen.kept_back == ("train.fault",)
    assert not tells(seen)
    assert not any(tells(one) for one in lesson.workspaces.of(lesson.ann).runs())
    taken = json.loads(rows_json(seen))
    assert "no_zero_grad" not in json.dumps(taken)
    assert taken["kept_back"] == ["train.fault"]
    with pytest.raises(NotAllowed, match="kept back until the exercise ends"):
        script_zip(seen)
    assert tells(read(lesson, lesson.teacher, run)), "the teacher sees it"
    assert "no_zero_grad" in (run.path / "recipe.json").read_text(), "and it is what trains"
    case = case_of(seen)
    assert case is not None
    assert case.recipe is not None
    assert case.recipe.train.fault == "no_zero_grad", "the diagnosis judges what was trained"
    {
        "close": lambda: lesson.room.close_exercise(lesson.teacher),
        "tell": lambda: lesson.room.tell_fault(lesson.teacher, exercise),
        "another": lambda: lesson.room.give(lesson.teacher, "Next", "", SMALL, ()),
        "end": lambda: lesson.room.end(lesson.teacher),
    }[end]()
    seen = read(lesson, lesson.ann, run)
    assert seen.kept_back == ()
    assert tells(seen)
    assert json.loads(rows_json(seen))["kept_back"] == []


def test_forks_and_twins_of_a_copy_keep_it_back_too_and_still_have_it(lesson: Class) -> None:
    _, recipe = faulty(lesson)
    anns = lesson.workspaces.of(lesson.ann)
    first = anns.run(trained(anns, **{"train": recipe["train"]}).id)
    fork = jobs.fork(anns, first, 20, {"train.epochs": 3})
    again = jobs.fork(anns, anns.run(trained_on(fork).id), 20, {"train.epochs": 4})
    for run in (fork, again):
        assert run.kept_back
        assert not tells(run)
        assert run.whole_document()["train"]["fault"] == "no_zero_grad"
    anns.trash(fork.id)
    assert anns.run(again.id).kept_back, "though what it came of is gone"
    twin = anns.create(to_document(jobs.settings_at(first, 20)), origin={"patient": first.id})
    assert twin.kept_back


def trained_on(run: Run) -> Run:
    """A run with a checkpoint at step 20."""
    run.checkpoints.save(SAVED, lambda file: file.write(b"abc"), expected_bytes=3)
    run.control.cancel_request()
    return run


def test_a_fault_that_is_no_secret_is_shown(lesson: Class) -> None:
    anns = lesson.workspaces.of(lesson.ann)
    own = trained(anns, train={"epochs": 2, "fault": "no_zero_grad"})
    _, recipe = faulty(lesson)
    assert tells(read(lesson, lesson.ann, own)), "of one's own making, before the exercise"
    elsewhere = trained(anns, train=recipe["train"], model={"depth": 3, "width": 8})
    assert tells(read(lesson, lesson.ann, elsewhere)), "put in by oneself, and no copy"
    teachers = trained(lesson.workspaces.of(lesson.teacher), train=recipe["train"])
    lesson.room.show(lesson.teacher, "run", {}, [teachers.id])
    assert not tells(read(lesson, lesson.ann, teachers)), "the run that the exercise was made of"
    faulty(lesson, "train")
    copy = trained(lesson.workspaces.of(lesson.bob), train=recipe["train"])
    assert tells(read(lesson, lesson.bob, copy)), "it is open: the form shows it"


# ---- kept weights ---------------------------------------------------------------------------------------------------


def test_kept_weights_come_with_the_exercise_that_starts_from_them(lesson: Class) -> None:
    keep(lesson.workspaces.home)
    anns, transfer = lesson.workspaces.of(lesson.ann), {"weights": WEIGHTS}
    lesson.room.give(lesson.teacher, "Transfer", "", {**SMALL, "transfer": transfer}, ["optim"])
    with pytest.raises(BadInput, match="no kept weights"):
        weights_path(anns.home, WEIGHTS)
    before = contents(weights_folder(lesson.workspaces.home.home))
    jobs.start(anns, parse_recipe({**SMALL, "transfer": transfer}))
    assert [one.name for one in list_weights(anns.home)] == [WEIGHTS]
    mine = weights_path(anns.home, WEIGHTS)
    assert mine.read_bytes() == b"tensors"
    assert mine.stat().st_nlink == 2, "no second copy"
    assert list_weights(lesson.workspaces.of(lesson.bob).home) == []
    jobs.start(anns, parse_recipe({**SMALL, "transfer": transfer, "optim": {"lr": 0.5}}))
    assert contents(weights_folder(lesson.workspaces.home.home)) == before


def test_weights_that_the_teacher_has_not_are_said_to_be_missing(lesson: Class) -> None:
    document = {**SMALL, "transfer": {"weights": WEIGHTS}}
    lesson.room.give(lesson.teacher, "Transfer", "", document, [])
    with pytest.raises(BadInput, match="no kept weights"):
        jobs.start(lesson.workspaces.of(lesson.ann), parse_recipe(document))
    assert list(lesson.workspaces.of(lesson.ann).runs()) == []
