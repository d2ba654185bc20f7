"""The Explain page under AppTest, on trained runs of every kind of data; the worker's questions are answered in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.views.explain.many import cohorts
from app.views.explain.what_if import whole_steps
from app.views.explain.words import spread_rows
from core.errors import ClinicError
from core.explain.worker.answers import Answer, answer_key
from core.explain.worker.job import Job, OpenedRuns
from core.explain.worker.questions import QUESTIONS
from core.recipe.codec import parse_recipe, to_document
from core.runtime.explainer import Explainer
from core.runtime.explaining.desk import Desk
from core.runtime.explaining.ticket import Ticket
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run, Workspace
from tests.pages.conftest import Open, calm

RECIPES: dict[str, dict[str, Any]] = {
    "tabular": {"data": {"key": "wine"}, "model": {"key": "mlp", "depth": 1, "width": 16}, "train": {"epochs": 4}},
    "balanced": {
        "data": {"key": "credit_default", "limit": 200},
        "balance": {"key": "smote"},
        "model": {"key": "mlp", "depth": 1, "width": 8},
        "regularise": {"l2": {}},
        "optim": {"key": "sgd", "lr": 0.05},
        "train": {"epochs": 4},
    },
    "number": {"data": {"key": "diabetes"}, "model": {"key": "mlp", "depth": 1, "width": 16}, "loss": {"key": "mse"}},
    "image": {"data": {"key": "digits", "limit": 400}, "model": {"key": "cnn", "channels": 4}},
    "sequence": {"data": {"key": "japanese_vowels", "limit": 200}, "model": {"key": "gru", "hidden": 8}},
    "text": {"data": {"key": "tweets", "limit": 300}, "model": {"key": "mlp", "depth": 1, "width": 8}},
}

KINDS = [kind for kind in RECIPES if kind != "balanced"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a run on data of a kind, trained once."""
    from core.train.process import train_run

    made: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in made:
            document = {"train": {"epochs": 2}, **RECIPES[kind], "name": f"A {kind} run"}
            run = Workspace(tmp_path_factory.mktemp(kind)).create(to_document(parse_recipe(document)))
            assert train_run(run.path, log_to_file=False) == "done"
            made[kind] = run.path
        return made[kind]

    return of


@pytest.fixture
def here(workspace: Workspace, trained: Callable[[str], Path]) -> Callable[[str], Run]:
    """A copy of a trained run in this test's workspace."""

    def copied(kind: str) -> Run:
        source = trained(kind)
        shutil.copytree(source, workspace.home / "runs" / source.name)
        return workspace.run(source.name)

    return copied


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Questions are answered at once, by the worker's own functions."""
    import torch

    from app.explainer import explainer

    desk, runs = Desk(), OpenedRuns()

    def ask(
        self: Explainer, what: str, question: Mapping[str, Any], *, asker: str, read: Any, run: Run | None = None
    ) -> Ticket[Any]:
        key = answer_key(what, question)
        job = desk.join(key, asker)
        if job is None:
            job = desk.add(key, what, question, "quick", asker)
            try:
                document, arrays = QUESTIONS[what](dict(question), Job(runs, lambda: False, lambda share: None))
                desk.end(job, "done", answer=Answer(document, arrays))
            except ClinicError as error:
                desk.end(job, "failed", str(error))
        return Ticket(desk, job, asker, read)

    monkeypatch.setattr(Explainer, "ask", ask)
    monkeypatch.setattr(Explainer, "warm_up", lambda self: None)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    explainer.forget()


def words(at: Any) -> str:
    return " ".join(
        str(e.value) for kind in ("markdown", "caption", "info", "success", "warning") for e in at.get(kind)
    )


def figures(at: Any) -> int:
    return len(at.get("plotly_chart"))


@pytest.mark.parametrize("kind", KINDS)
def test_one_sample_of_every_kind_is_explained_with_its_light(kind: str, open_page: Open, here: Any) -> None:
    run = here(kind)
    at = open_page("explain", run=run.id, row="3")
    calm(at)
    said = words(at)
    assert "badge" in said
    assert "Does it add up?" in said
    assert "**Row 3** says" in said or "Not shown, because it would mislead" in said
    assert at.query_params["row"] in ("3", ["3"])


@pytest.mark.parametrize("kind", ["tabular", "image", pytest.param("text", marks=pytest.mark.slow)])
def test_many_samples_have_every_chart(kind: str, open_page: Open, here: Any) -> None:
    run = here(kind)
    at = open_page("explain", run=run.id, view="many", rows="1,5,7,9,11,13,15,17")
    calm(at)
    assert "the 8 rows you came with" in str(at.selectbox(key=f"explain.rows.{run.id}").options)
    chart = at.segmented_control(key="explain.many.chart") if hasattr(at, "segmented_control") else None
    if chart is not None:
        for option in chart.options:
            chart.set_value(option).run()
            calm(at)


def test_a_changed_sample_is_answered(open_page: Open, here: Any) -> None:
    run = here("tabular")
    at = open_page("explain", run=run.id, view="what-if")
    calm(at)
    assert "It still says" in words(at)
    slider = at.slider[0]
    slider.set_value(slider.max).run()
    calm(at)
    assert "**It " in words(at)
    assert "1 input of 13 changed" in words(at)


def test_a_changed_text_is_read_as_the_data_were(open_page: Open, here: Any) -> None:
    at = open_page("explain", run=here("text").id, view="what-if")
    calm(at)
    assert "0 inputs of 32 changed" in words(at)
    at.text_area[0].set_value("I love qwertyish").run()
    calm(at)
    assert "**It " in words(at)
    assert "all alike to the model: qwertyish." in words(at)


@pytest.mark.parametrize("view", ["two-runs", "training", "live", "known", "influence", "concepts"])
def test_every_view_opens(view: str, open_page: Open, here: Any) -> None:
    run = here("tabular")
    at = open_page("explain", run=run.id, view=view)
    calm(at)
    assert not at.error, [error.value for error in at.error]


def test_influence_says_which_rows_were_made_up_and_what_it_leaves_out(open_page: Open, here: Any) -> None:
    at = open_page("explain", run=here("balanced").id, view="influence")
    calm(at)
    assert "SMOTE made up" in words(at)
    assert "L2 penalty moved the weights too" in words(at)
    labels = [str(cell) for table in at.dataframe for cell in table.value.iloc[:, 2]]
    assert 0 < sum(label.endswith(", made up") for label in labels) < len(labels)


def test_the_training_view_tells_when_a_feature_was_used(open_page: Open, here: Any) -> None:
    at = open_page("explain", run=here("tabular").id, view="training")
    calm(at)
    assert "Integrated gradients of the same" in words(at)
    assert "When did it begin to use a feature?" in words(at)


def test_an_explanation_that_misleads_is_not_drawn(open_page: Open, here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import core.explain.trust.completeness as completeness

    monkeypatch.setattr(completeness, "WITHHELD", -1.0)
    at = open_page("explain", run=here("tabular").id, row="3")
    calm(at)
    assert "Not shown, because it would mislead" in words(at)
    assert "**Row 3** says" not in words(at)


def test_without_a_run_the_page_says_what_it_takes(open_page: Open) -> None:
    at = open_page("explain")
    calm(at)
    assert "It takes a run with a checkpoint" in words(at)


def test_silly_addresses_are_harmless(open_page: Open, here: Any) -> None:
    run = here("tabular")
    for query in (
        {"row": "99999999999"},
        {"row": "-3"},
        {"rows": "a,b,;", "view": "many"},
        {"view": "nothing"},
        {"method": "nothing"},
    ):
        calm(open_page("explain", run=run.id, **query))


@pytest.mark.parametrize(
    ("low", "high"), [(11.03, 14.829999923706055), (-0.001234, 0.00777), (0.0, 1.0), (3.0, 185.2), (-1e6, 2.5e6)]
)
def test_sliders_have_short_decimals_around_the_data(low: float, high: float) -> None:
    first, last, step = whole_steps(low, high)
    assert first <= low < high <= last
    assert (last - first) / step <= 1002
    assert all(len(Decimal(repr(one)).normalize().as_tuple().digits) <= 6 for one in (first, last, step))


def test_rows_are_spread_over_the_classes() -> None:
    class Data:
        y_val = np.array([0] * 90 + [1] * 10)

    rows = spread_rows(Data(), 20)  # type: ignore[arg-type]
    assert len(rows) == 20
    assert sum(row >= 90 for row in rows) in (1, 2, 3)


def test_cohorts_part_the_rows() -> None:
    class Data:
        task, class_names = "classification", ("no", "yes")
        y_val = np.array([0, 1, 1, 0])

    class Found:
        outputs = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])

    def part(way: str) -> dict[str, list[bool]]:
        found = cohorts(Data(), way, Found(), (0, 1, 2, 3), np.array([1.0, 2, 3, 4]))  # type: ignore[arg-type]
        return {name: kept.tolist() for name, kept in found.items()}

    assert part("Right and wrong") == {"right": [True, True, False, True], "wrong": [False, False, True, False]}
    assert part("By true class") == {"no": [True, False, False, True], "yes": [False, True, True, False]}
    assert part("Low and high output")["low output"] == [True, True, False, False]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"data": {"key": "karate"}, "model": {"key": "gcn"}}, "whole graph around it"),
        (
            {"data": {"key": "digits", "predict": "input"}, "model": {"key": "autoencoder"}},
            "no single output to explain",
        ),
    ],
)
def test_what_cannot_be_explained_is_said_at_once(
    document: dict[str, Any], words: str, workspace: Workspace, open_page: Open
) -> None:
    run = workspace.create(to_document(parse_recipe(document)))
    saved = Checkpoint(0, 0.0, "first", "a" * 64, 0, 1.0, 0.5)
    run.checkpoints.save(saved, lambda file: file.write(b"x") and None, expected_bytes=1)
    at = open_page("explain", run=run.id)
    calm(at)
    assert any(words in info.value for info in at.info)
    assert not at.tabs
