"""Influence and concepts of real runs: checkpoints on disk and repeated, rates, the command, the worker's questions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import BadInput, Cancelled
from core.explain.base import Question
from core.explain.concepts.base import Concepts
from core.explain.concepts.question import concepts
from core.explain.explain import answer, explanation
from core.explain.influence.base import Influence
from core.explain.influence.cautions import cautions
from core.explain.influence.influence import influence, search
from core.explain.influence.line import run_line
from core.explain.influence.question import influence as influence_question
from core.explain.influence.question import planted_labels
from core.explain.influence.retrace import POINTS, stretches
from core.explain.prepare import open_run
from core.explain.worker.job import Job, OpenedRuns
from core.recipe.codec import parse_recipe, to_document
from core.recipe.data import load_data
from core.store.workspace import Run, Workspace
from core.train.process import train_run
from core.train.seeds import take_streams
from gradclinic.cli import main
from tests.core.train.runs_for_tests import create


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A digits MLP with batch norm, dropout and a warm-up, trained for three epochs with Adam."""
    run = create(Workspace(tmp_path_factory.mktemp("home")), train={"epochs": 3})
    assert train_run(run.path, log_to_file=False) == "done"
    return run


def test_a_training_is_repeated_exactly_with_its_rates(digits: Run) -> None:
    before = take_streams()
    line, data = run_line(digits)
    after = take_streams()
    assert torch.equal(before[0], after[0])
    assert np.array_equal(before[2][1], after[2][1])
    assert len(line.points) > 12
    assert "it arrived at the very weights" in " ".join(line.notes)
    assert "Adam moved the weights otherwise" in " ".join(line.notes)
    reader = digits.reader()
    assert reader is not None
    column, rows = reader.streams()["step"].index("lr"), reader.rows("step").newest()
    recorded = dict(zip(rows.step.tolist(), rows.values[:, column].tolist(), strict=True))
    reader.close()
    assert len(set(recorded.values())) > 10
    assert [point.rate for point in line.points] == pytest.approx(
        [recorded[point.step] for point in line.points], rel=1e-5
    )
    last = digits.checkpoints.list()[-1].step
    on_disk = run_line(digits, retrace=False)[0]
    assert [point.step for point in on_disk.points] == [c.step for c in digits.checkpoints.list()]
    assert on_disk.end.step == last
    saved = torch.load(digits.checkpoints.path(last), weights_only=True)
    assert on_disk.points[-1].rate == saved["optimizer"]["param_groups"][0]["lr"]
    assert all(torch.equal(value, saved["model"][name]) for name, value in line.explained().state_dict().items())
    assert len(data.x_train) == 240


def test_stretches_cover_the_training_and_grow() -> None:
    found = stretches(0, 300)
    assert len(found) == POINTS
    assert min(found) == 1
    assert sum(found.values()) == pytest.approx(POINTS)
    assert list(found.values()) == sorted(found.values())
    assert set(stretches(5, 8)) == {6, 7, 8}


def test_an_answer_names_rows_of_the_right_label_and_survives_a_document(digits: Run) -> None:
    found = influence(digits, range(6), most=5)
    data = open_run(digits).data
    assert found.proponents.shape == (6, 5)
    assert (found.proponent_scores[:, :-1] >= found.proponent_scores[:, 1:]).all()
    assert (found.opponent_scores < found.proponent_scores).all()
    assert np.array_equal(found.proponent_labels, data.y_train[found.proponents])
    assert (found.proponent_labels == found.target[:, None]).mean() > 0.8
    assert found.trust.checks[0].figures["checkpoints"] == len(found.steps)
    assert found.self_influence[found.suspects[0]] == found.self_influence.max()
    again = Influence.from_parts(json.loads(json.dumps(found.document())), found.arrays())
    assert again.trust == found.trust
    assert np.array_equal(again.opponents, found.opponents)
    itself = influence(digits, [3], part="training", target="true")
    assert 3 in itself.proponents[0]


def test_two_checkpoints_alone_are_not_trusted_like_a_repeated_training(digits: Run) -> None:
    found = influence(digits, range(8), retrace=False)
    repeated = influence(digits, range(8))
    kept = [one.trust.checks[0].figures["kept"] for one in (found, repeated)]
    assert kept[0] < kept[1]
    assert len(found.steps) == len(digits.checkpoints.list())


def test_faults_are_sentences(digits: Run) -> None:
    first = digits.checkpoints.list()[0].step
    for asked, match in (
        ({"rows": [0], "step": first}, "there is 1 with weights of its own"),
        ({"rows": [0], "step": 77}, "no checkpoint at step 77; it has"),
        ({"rows": [10**6]}, "row numbers from 0 to"),
        ({"rows": range(51)}, "give 1 to 50"),
        ({"rows": [0], "part": "test"}, "no part 'test'"),
        ({"rows": [0], "target": 10}, "no output 10"),
        ({"rows": [0], "weights": "first"}, "weights is 'first'"),
    ):
        with pytest.raises(BadInput, match=match):
            influence(digits, **{"retrace": False, **asked})  # type: ignore[arg-type]
    with pytest.raises(Cancelled):
        influence(digits, [0], should_stop=lambda: True)
    opened = open_run(digits)
    for ask in (answer, explanation):
        with pytest.raises(BadInput, match="answers with training rows, not with a value for each input"):
            ask(opened, Question(method="tracin", rows=(0,)))
    with pytest.raises(BadInput, match="answers with concepts"):
        answer(opened, Question(method="tcav", rows=(0,)))


def test_a_training_that_can_not_be_repeated_falls_back_to_the_disk_and_says_so(
    digits: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("core.explain.influence.retrace.MOST_SECONDS", -1.0)
        line, _ = run_line(digits)
    assert "was not trained again" in line.notes[0]
    assert len(line.points) == len(digits.checkpoints.list())
    numbers = iter(range(99))
    monkeypatch.setattr("core.explain.influence.retrace.state.tensors_hash", lambda _: str(next(numbers)))
    line, _ = run_line(digits)
    assert "did not arrive at the weights" in line.notes[0]


def test_weights_that_come_twice_count_once(tmp_path: Path) -> None:
    run = create(Workspace(tmp_path), train={"epochs": 1})
    train_run(run.path, log_to_file=False)
    last = run.checkpoints.list()[-1]
    copied = replace(last, step=last.step + 5, kind="user")
    saved = run.checkpoints.path(last.step).read_bytes()
    run.checkpoints.save(copied, lambda file: file.write(saved) and None, expected_bytes=len(saved))
    line, _ = run_line(run, retrace=False)
    assert [point.step for point in line.points] == [0, last.step]
    assert "left out (1)" in line.notes[0]


def test_large_data_are_searched_in_part_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.explain.influence.influence.MOST_SEARCHED", 50)
    found, words = search(80, seed=1)
    assert len(found) == 50
    assert (np.diff(found) > 0).all()
    assert words.startswith("50 of 80 training rows were searched")
    assert np.array_equal(found, search(80, seed=1)[0])
    assert search(50, seed=1)[0].tolist() == list(range(50))


def test_plain_sgd_and_a_regression(tmp_path: Path) -> None:
    recipe = {
        "data": {"key": "friedman", "limit": 200},
        "model": {"key": "mlp", "depth": 1, "width": 8},
        "loss": {"key": "huber"},
        "optim": {"key": "sgd", "lr": 0.05},
        "train": {"epochs": 2},
    }
    run = Workspace(tmp_path).create(to_document(parse_recipe(recipe)))
    train_run(run.path, log_to_file=False)
    found = influence(run, range(4))
    assert "against the true value" in found.notes[0]
    assert any("plain gradient descent, for which" in note for note in found.notes)
    assert found.target.dtype.kind == "f"


PLAIN: dict[str, Any] = {
    "data": {"key": "credit_default", "limit": 120},
    "model": {"key": "mlp", "depth": 1, "width": 4},
    "optim": {"key": "sgd", "lr": 0.05},
    "train": {"epochs": 2, "batch_size": 32},
}


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({}, ()),
        ({"regularise": {"ema": {}}}, ()),
        ({"augment": {"mixup": {}}}, ("(Mixup)",)),
        ({"regularise": {"l1": {}, "input_noise": {}}}, ("Input noise and L1 penalty moved the weights too",)),
        ({"loss": {"key": "cross_entropy", "reduction": "sum"}}, ("32 times the mean",)),
        ({"balance": {"key": "oversample"}}, ("each copy is a row of its own",)),
        ({"balance": {"key": "undersample"}}, ("left rows out of training",)),
        ({"balance": {"key": "balanced_batches"}}, ("weighed more than is said",)),
        (
            {"balance": {"key": "smote", "k_neighbors": 2}, "augment": {"mixup": {}}},
            ("nobody ever observed it", "Mixup"),
        ),
    ],
)
def test_what_the_gradients_leave_out_is_said(sections: dict[str, Any], words: tuple[str, ...]) -> None:
    recipe = parse_recipe({**PLAIN, **sections})
    found = cautions(recipe, load_data(recipe))
    assert len(found) == len(words)
    assert all(part in sentence for part, sentence in zip(words, found, strict=True))


def test_rows_that_were_made_up_are_named_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = parse_recipe({**PLAIN, "balance": {"key": "smote", "k_neighbors": 2}})
    run = Workspace(tmp_path).create(to_document(recipe))
    assert train_run(run.path, log_to_file=False) == "done"
    given, all_rows = len(load_data(parse_recipe(PLAIN)).y_train), len(load_data(recipe).y_train)
    found = influence(run, range(4))
    named = set(np.concatenate([found.proponents.ravel(), found.opponents.ravel(), found.suspects]).tolist())
    assert set(found.made_up.tolist()) == {row for row in named if row >= given} != set()
    assert f"made up {all_rows - given:,} of the {all_rows:,} training rows" in found.cautions[0]
    assert Influence.from_parts(found.document(), found.arrays()).cautions == found.cautions
    assert main(["--home", str(tmp_path), "explain", "last", "--method", "tracin", "--samples", "4"]) == 0
    said = capsys.readouterr().out
    assert f"Caution: {found.cautions[0]}" in said
    assert "Made up by the balance" in said


def test_rows_of_a_sorted_training_are_named_by_their_place_in_the_data(tmp_path: Path) -> None:
    recipe = parse_recipe({**PLAIN, "train": {**PLAIN["train"], "fault": "sorted_rows"}})
    run = Workspace(tmp_path).create(to_document(recipe))
    assert train_run(run.path, log_to_file=False) == "done"
    found = influence(run, range(3))
    assert np.array_equal(found.proponent_labels, load_data(recipe).y_train[found.proponents])


def test_the_worker_s_questions(digits: Run) -> None:
    shares: list[float] = []
    job = Job(OpenedRuns(), lambda: False, shares.append)
    asked: dict[str, Any] = {
        "run": str(digits.path), "step": digits.checkpoints.list()[-1].step, "uploads": str(digits.path.parents[1]),
    }  # fmt: skip
    document, arrays = influence_question({**asked, "rows": [0, 1], "params": {"most": 3}}, job)
    json.dumps(document)
    assert Influence.from_parts(document, arrays).proponents.shape == (2, 3)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    document, arrays = concepts(
        {**asked, "concepts": ["class:3"], "outputs": [3], "params": {"nulls": 10, "sets": 10}}, job
    )
    json.dumps(document)
    assert Concepts.from_parts(document, arrays).concepts == ("class 3",)
    check, nothing = planted_labels({}, job)
    assert (check["light"], nothing) == ("green", {})


def test_the_command_prints_rows_and_concepts(digits: Run, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(digits.path.parents[1])
    assert main(["--home", home, "explain", "last", "--method", "tracin", "--samples", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"run_id", "method", "trust", "seconds", "rows", "suspects", "steps"} <= set(found)
    assert len(found["rows"]) == 3
    assert set(found["rows"][0]["proponents"][0]) == {"row", "influence", "label"}
    more = [
        "--layer",
        "hidden1.activation",
        "--concept",
        "class:3",
        "--target",
        "3",
        "--set",
        "nulls=10",
        "--set",
        "sets=10",
    ]
    assert main(["--home", home, "explain", "last", "--method", "tcav", "--samples", "9", "--json", *more]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"run_id", "method", "trust", "seconds", "table", "layer"} <= set(found)
    assert found["table"][0]["verdict"] in ("sensitive", "opposed", "not separable from random concepts")
    assert main(["--home", home, "explain", "last", "--method", "tracin", "--samples", "2", "--set", "mots=3"]) == 2
    assert "no setting 'mots'" in capsys.readouterr().err
