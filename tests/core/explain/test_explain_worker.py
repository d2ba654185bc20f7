"""The worker process answers as the functions behind it do, and shares nothing of its own with the server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, Cancelled, DiskFull
from core.explain.base import Question, Refused, Sound
from core.explain.catalogue import ATTRIBUTIONS, EXPLANATIONS
from core.explain.explain import explanation
from core.explain.prepare import Opened, open_run
from core.explain.worker import answers, job, questions
from core.explain.worker.answers import SUFFIX, Answer, AnswerStore, answer_key
from core.explain.worker.job import KEPT_RUNS, Job, OpenedRuns
from core.runtime.explainer import SLOW, Changed, Explainer
from core.store.workspace import Run, Workspace
from core.train.process import train_run
from tests.core.train.runs_for_tests import create

PATIENCE = 300.0  # a busy machine imports torch slowly


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A digits MLP, trained for an epoch."""
    run = create(Workspace(tmp_path_factory.mktemp("home")), train={"epochs": 1})
    assert train_run(run.path, log_to_file=False) == "done"
    return run


@pytest.fixture(scope="module")
def opened(run: Run) -> Opened:
    return open_run(run)


@pytest.fixture(scope="module")
def explainer(run: Run) -> Iterator[Explainer]:
    made = Explainer(run.path.parents[1])
    yield made
    made.close()


def quiet_job(runs: OpenedRuns | None = None, stopped: bool = False) -> Job:
    return Job(runs or OpenedRuns(), lambda: stopped, lambda share: None)


@pytest.mark.slow
def test_an_explanation_arrives_as_it_was_computed(run: Run, opened: Opened, explainer: Explainer) -> None:
    checkpoint = run.checkpoints.list()[-1]
    question = Question(method="saliency", rows=(0, 3, 5))
    ticket = explainer.explanation(run, checkpoint, question, asker="a")
    assert ticket.wait(PATIENCE), ticket.sentence
    found, expected = ticket.answer, explanation(opened, question)
    assert np.array_equal(found.attribution.values, expected.attribution.values)
    assert np.array_equal(found.outputs, expected.outputs)
    assert found.trust == expected.trust
    assert explainer.lines[SLOW].pid is None
    refused = explainer.explanation(run, checkpoint, Question(method="layer_grad_cam", rows=(0,)), asker="a")
    assert refused.wait(PATIENCE)
    assert refused.state == "failed"
    assert "Grad-CAM needs a convolution" in refused.sentence
    with pytest.raises(BadInput, match="Grad-CAM needs a convolution"):
        refused.answer  # noqa: B018


def test_predictions_of_changed_rows(run: Run, opened: Opened, explainer: Explainer) -> None:
    checkpoint = run.checkpoints.list()[-1]
    ticket = explainer.predictions(run, checkpoint, [Changed(4), Changed(4, {10: 2.5, 63: -1.0})], asker="a")
    assert ticket.wait(PATIENCE), ticket.sentence
    found = ticket.answer
    x = opened.data.x_val[[4, 4]].copy()
    x[1].reshape(-1)[[10, 63]] = 2.5, -1.0
    assert np.array_equal(found.x, x)
    assert np.array_equal(found.outputs, opened.subject.predict(x))
    assert found.probabilities is not None
    assert found.probabilities.sum(axis=1) == pytest.approx([1, 1])
    assert found.names == opened.data.class_names
    assert found.predicted is None
    whole = explainer.predictions(run, checkpoint, x, asker="a")
    assert whole.wait(PATIENCE)
    assert np.array_equal(whole.answer.outputs, found.outputs)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"inputs": [[1.0, 2.0]]}, "give 1 to 5000 rows of 1 x 8 x 8 numbers"),
        ({"inputs": "nonsense"}, "do not fit the model"),
        ({"part": "test", "changed": []}, "no part 'test'"),
        ({"part": "validation", "changed": []}, "row numbers from 0 to"),
        ({"part": "training", "changed": [{"row": 9999, "values": {}}]}, "row numbers from 0 to"),
        ({"part": "training", "changed": [{"row": 0, "values": {"64": 1.0}}]}, "numbered from 0 to 63"),
        ({"part": "training", "changed": [{"row": 0, "values": {"3": float("nan")}}]}, "not a finite number"),
    ],
)
def test_rows_that_do_not_fit_are_refused(opened: Opened, asked: dict, said: str) -> None:
    from core.explain.worker.prediction import predict

    with pytest.raises(BadInput, match=said):
        predict(opened, asked)


def test_a_regression_is_predicted_in_its_own_unit(tmp_path: Path) -> None:
    from core.explain.worker.prediction import predict
    from core.recipe.codec import parse_recipe, to_document

    document = {"data": {"key": "friedman", "limit": 200}, "model": {"key": "mlp", "depth": 1, "width": 8}}
    made = parse_recipe({"train": {"epochs": 1}, "loss": {"key": "mse"}, **document})
    run = Workspace(tmp_path).create(to_document(made))
    assert train_run(run.path, log_to_file=False) == "done"
    opened = open_run(run)
    said, found = predict(opened, {"part": "training", "changed": [{"row": row, "values": {}} for row in range(50)]})
    assert said == {"task": "regression", "names": [opened.data.target_name]}
    undone = (found["predicted"] - opened.data.y_mean) / opened.data.y_std
    assert undone == pytest.approx(found["outputs"][:, 0])
    assert opened.data.y_std != 1


@pytest.mark.slow
def test_verdicts_cover_the_catalogue(run: Run, explainer: Explainer) -> None:
    ticket = explainer.verdicts(run, run.checkpoints.list()[-1], asker="a")
    assert ticket.wait(PATIENCE), ticket.sentence
    assert ticket.answer.keys() == EXPLANATIONS.keys()
    sound = ticket.answer["integrated_gradients"]
    assert isinstance(sound, Sound)
    assert sound.gap is not None
    assert sound.gap < 0.02
    assert isinstance(ticket.answer["guided_grad_cam"], Refused)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "kind"), [("integrated_gradients", "image"), ("feature_ablation", "text")])
def test_methods_find_what_was_planted(method: str, kind: str) -> None:
    document, arrays = questions.known_answer({"method": method, "kind": kind}, quiet_job())
    assert (document["key"], document["light"], arrays) == ("known_answer", "green", {})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tabular", "image", "sequence", "text"])
@pytest.mark.parametrize("method", ATTRIBUTIONS)
def test_every_method_takes_the_known_answer_test_or_says_why_not(method: str, kind: str) -> None:
    try:
        document, _ = questions.known_answer({"method": method, "kind": kind}, quiet_job())
    except BadInput as error:
        assert str(error).endswith(".")  # noqa: PT017
        return
    assert document["figures"]["n"] >= 20
    if EXPLANATIONS[method].complete:  # a gradient alone is as steep where nothing was planted
        assert document["light"] != "withheld", document["sentence"]


def test_a_layer_has_nothing_planted_and_a_cancel_is_heard() -> None:
    with pytest.raises(BadInput, match="answers for the units of layer"):
        questions.known_answer({"method": "layer_conductance", "kind": "tabular"}, quiet_job())
    with pytest.raises(Cancelled):
        questions.known_answer({"method": "saliency", "kind": "tabular"}, quiet_job(stopped=True))


def test_the_last_runs_stay_open(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.explain import prepare

    opened: list[int] = []
    monkeypatch.setattr(prepare, "open_run", lambda run, step, uploads: opened.append(step) or object())
    work = quiet_job(OpenedRuns())
    first = work.opened(str(run.path), 0, str(tmp_path))
    for step in range(1, KEPT_RUNS):
        work.opened(str(run.path), step, str(tmp_path))
    assert work.opened(str(run.path), 0, str(tmp_path)) is first
    work.opened(str(run.path), 99, str(tmp_path))
    work.opened(str(run.path), 0, str(tmp_path))
    work.opened(str(run.path), 1, str(tmp_path))
    assert opened == [*range(KEPT_RUNS), 99, 1]
    with pytest.raises(BadInput, match="is not in the workspace any more"):
        work.opened(str(tmp_path / "gone"), 0, str(tmp_path))


def test_the_key_of_an_answer_holds_all_that_decides_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    explainer, checkpoint = Explainer(run.path.parents[1]), run.checkpoints.list()[-1]
    asked = {**explainer.about(run, checkpoint), "question": Question(method="saliency", rows=(0,)).document()}
    key = answer_key("explain", asked)
    assert answer_key("explain", dict(reversed(asked.items()))) == key
    others = [{**asked, "state": "another"}, {**asked, "question": Question(method="saliency", rows=(1,)).document()}]
    monkeypatch.setattr(answers, "code_version", lambda: "another")
    assert len({key, answer_key("explain", asked), *(answer_key("explain", other) for other in others)}) == 4


def answer(size: int = 100) -> Answer:
    return Answer({"n": size, "nan": float("nan")}, {"values": np.arange(size, dtype=np.float64), "file": np.zeros(0)})


def test_answers_that_nobody_used_for_longest_go(tmp_path: Path) -> None:
    one = answers.FILE_BYTES + 10_000
    store = AnswerStore(tmp_path / "kept", most_bytes=4 * one)
    for number in range(12):
        store.keep(f"{number}", answer(1000))
        if number >= 1:
            assert store.get("1") is not None  # used again and again, so it stays
        time.sleep(0.002)
        assert sum(path.stat().st_size for path in store.folder.iterdir()) < 4 * one
    names = {path.name.removesuffix(SUFFIX) for path in store.folder.iterdir()}
    assert {"1", "11"} <= names
    assert "2" not in names
    found = store.get("11")
    assert found is not None
    assert found.arrays["values"].tolist() == list(range(1000))
    assert found.arrays["file"].shape == (0,)
    assert np.isnan(found.document["nan"])


def test_a_full_disk_is_a_normal_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = AnswerStore(tmp_path / "kept")
    store.keep("old", answer())
    room, put = [], AnswerStore._put

    def full(self: AnswerStore, name: str, answer: Answer) -> None:
        if not room and list(store.folder.iterdir()):
            raise OSError(28, "No space left on device")
        put(self, name, answer)

    monkeypatch.setattr(AnswerStore, "_put", full)
    assert store.keep("new", answer()) == "new"  # the older answers made room
    assert [path.name for path in store.folder.iterdir()] == [f"new{SUFFIX}"]

    def never(self: AnswerStore, name: str, answer: Answer) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(AnswerStore, "_put", never)
    monkeypatch.setattr(answers.tempfile, "tempdir", str(tmp_path))
    elsewhere = store.keep("new", answer())
    assert Path(elsewhere).is_absolute()
    found = store.take(elsewhere)
    assert found is not None
    assert found.document["n"] == 100
    assert not Path(elsewhere).exists()
    monkeypatch.setattr(answers.tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(DiskFull, match="no file can be written"):
        store.keep("new", answer())


def test_nothing_heavy_is_loaded_before_a_question_needs_it() -> None:
    names = [module.__name__ for module in (answers, job, questions)]
    names += ["core.explain.worker.process", "core.explain.worker.warming"]
    code = f"import sys\nimport {', '.join(names)}\nprint([n for n in ('torch', 'captum', 'shap', 'numba') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
