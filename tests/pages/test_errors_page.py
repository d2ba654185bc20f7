"""The Errors page under AppTest: every kind of data, the address, and runs that can't be shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.views.errors.classes import calibration_sentence
from app.views.errors.numbers import bias_sentence
from app.views.errors.rebuilt import anomaly_sentence
from core.data.catalogue import DATASETS
from core.evaluation.calibration import calibration
from core.evaluation.predictions import Predictions
from core.evaluation.residuals import residuals
from core.recipe.codec import parse_recipe, to_document
from core.runtime.inspector import Inspector
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run, Workspace
from tests.pages.conftest import Open, calm, finished

Make = Callable[..., Run]


@pytest.fixture
def make(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A run on some data with two checkpoints, whose outputs are made up: right for most rows, worse at step 0."""
    from core.data.prepare import prepare

    def made(key: str, broken: bool = False, **sections: Any) -> Run:
        limit = {"limit": 200} if DATASETS[key].task in ("classification", "regression") else {}
        data_part = {"key": key, **limit, **sections.pop("data", {})}
        recipe = parse_recipe({"name": f"On {key}", "data": data_part, **sections})
        run = workspace.create(to_document(recipe))
        for step, loss in ((0, 2.0), (50, 0.5)):
            saved = Checkpoint(step, step / 10, "first" if step == 0 else "last", "a" * 64, 0, 1.0, loss)
            run.checkpoints.save(saved, lambda file: file.write(b"x") and None, expected_bytes=1)
        part = recipe.data
        data = prepare(
            key, part.params, seed=recipe.seed, validation_fraction=part.validation_fraction,
            standardise=part.standardise, limit=part.limit, predict=part.predict,
        )  # fmt: skip

        def outputs(self: Inspector, run: Run, checkpoint: Checkpoint, uploads: object) -> np.ndarray:
            random = np.random.default_rng(checkpoint.step)
            noise = random.normal(size=(len(data.y_val), data.outputs)).astype(np.float32)
            if broken:
                noise[0] = np.nan
            if data.class_names:
                return noise + (checkpoint.step / 20) * np.eye(data.outputs, dtype=np.float32)[data.y_val]
            if data.task == "reconstruction":
                parts = [data.y_val] if data.x_apart is None else [data.y_val, data.x_apart.reshape(-1, data.outputs)]
                rebuilt: np.ndarray = 0.9 * np.concatenate(parts)
                return rebuilt
            return data.y_val[:, None] + noise / (1 + checkpoint.step)

        monkeypatch.setattr(Inspector, "outputs", outputs)
        return run

    return made


def words(at: Any) -> str:
    return " ".join(str(e.value) for kind in ("subheader", "caption", "info", "success") for e in at.get(kind))


@pytest.mark.parametrize(
    ("key", "model"),
    [("digits", "mlp"), ("penguins", "mlp"), ("moons", "mlp"), ("basic_motions", "lstm"), ("tweets", "mlp")],
)
def test_a_classification_of_each_kind(key: str, model: str, make: Make, open_page: Open) -> None:
    run = make(key, model={"key": model})
    at = open_page("errors", run=run.id)
    calm(at)
    assert not at.error
    assert {"Accuracy", "Macro F1", "Macro ROC AUC", "Calibration error"} <= {metric.label for metric in at.metric}
    assert "perfectly calibrated" in words(at)
    assert at.query_params["step"] in ("50", ["50"]), "the best checkpoint comes first"
    figures = [str(chart.proto.spec) for chart in at.get("plotly_chart")]
    assert len(figures) >= 5
    assert all("(n = " in figure for figure in figures[:5]), "every chart says its n"


def test_a_graph_shows_what_stands_around_its_errors(make: Make, open_page: Open) -> None:
    at = open_page("errors", run=make("citations", model={"key": "gcn"}).id)
    calm(at)
    assert not at.error
    assert {"Accuracy", "Macro F1"} <= {metric.label for metric in at.metric}
    table = at.dataframe[-1].value
    assert {"Error", "Node", "Neighbours", "of its class", "with a training label"} <= set(table.columns)
    assert (table["of its class"] <= table["Neighbours"]).all()
    assert not any("Explain" in button.label for button in at.button), "rows of a graph can't be explained"


@pytest.mark.parametrize(
    ("key", "sections"), [("bleeding", {}), ("shuttle", {}), ("digits", {"data": {"predict": "input"}})]
)
def test_a_reconstruction_of_each_kind(key: str, sections: dict[str, Any], make: Make, open_page: Open) -> None:
    at = open_page("errors", run=make(key, model={"key": "autoencoder"}, **sections).id)
    calm(at)
    assert not at.error
    found = {metric.label for metric in at.metric}
    assert {"R²", "R² of 4 principal components", "Median error of a row"} <= found
    assert ("ROC AUC of anomalies" in found) == (key != "digits")
    assert "Rebuilt worst" in words(at)
    assert ("the plain distance from the average row" in words(at)) == (key != "digits")
    assert ("Class by class" in words(at)) == (key == "digits")


def test_an_anomaly_is_found_without_a_network_where_that_is_so() -> None:
    assert anomaly_sentence(0.97, 0.53, 0.4, 15, 1860).endswith("manages 53.0.")
    assert anomaly_sentence(0.99, 0.99, 0.8, 500, 5850).endswith("So here the network is not needed to find them.")


def test_a_regression_has_residuals(make: Make, open_page: Open) -> None:
    run = make("diabetes", loss={"key": "mse"})
    at = open_page("errors", run=run.id)
    calm(at)
    assert not at.error
    assert "Mean absolute error" in {metric.label for metric in at.metric}
    assert "Residuals" in words(at)


def test_the_address_chooses_the_checkpoint_and_errors_can_be_chosen(make: Make, open_page: Open) -> None:
    run = make("digits")
    at = open_page("errors", run=run.id, step="0")
    calm(at)
    before = next(m.value for m in at.metric if m.label == "Accuracy")
    chooser = next(box for box in at.selectbox if box.label == "Errors")
    assert "taken for" in chooser.options[1]
    chooser.select_index(1).run()
    calm(at)
    next(box for box in at.selectbox if box.label == "Checkpoint").select_index(0).run()
    calm(at)
    after = next(m.value for m in at.metric if m.label == "Accuracy")
    assert float(before.split()[0]) < float(after.split()[0])
    assert at.query_params["step"] in ("50", ["50"])


def test_outputs_that_are_no_numbers_are_explained(make: Make, open_page: Open) -> None:
    at = open_page("errors", run=make("digits", broken=True).id)
    calm(at)
    assert any("not finite" in error.value for error in at.error)


def test_runs_without_a_checkpoint_are_not_offered(open_page: Open, workspace: Workspace) -> None:
    run = finished(workspace)
    at = open_page("errors", run=run.id)
    calm(at)
    assert any("no checkpoint yet" in warning.value for warning in at.warning)
    assert any("takes a run with a checkpoint" in info.value for info in at.info)


def test_the_run_page_links_here(make: Make, open_page: Open) -> None:
    run = make("digits")
    at = open_page("run", run=run.id)
    calm(at)
    assert any(link.proto.label == "What it gets wrong" for link in at.get("page_link"))


def test_the_sentences() -> None:
    sure = np.linspace(0.55, 0.99, 200)
    probabilities = np.stack([sure, 1 - sure], axis=1)
    right = np.zeros(200, int)
    half = np.arange(200) % 2
    assert calibration_sentence(calibration(probabilities, half)).endswith("It is overconfident.")
    assert calibration_sentence(calibration(probabilities, right)).endswith("It is underconfident.")
    fair = (np.random.default_rng(0).random(200) > sure).astype(int)
    assert calibration_sentence(calibration(probabilities, fair)) == (
        "Expected calibration error 5.0 % in 10 bins. The figure is biased upward: a perfectly calibrated model would show 5.0 % on "
        "as many rows by chance alone, and in one of twenty cases more than 7.7 %. So nothing speaks against its confidence here."
    )
    random = np.random.default_rng(0)
    targets = random.normal(size=100)
    for shift, said in ((0.0, "neither"), (3.0, "too large by"), (-3.0, "too small by")):
        outputs = targets + random.normal(size=100) * 0.5 + shift
        assert said in bias_sentence(residuals(Predictions(outputs[:, None], targets)))


def test_the_threshold_moves_and_takes_the_best(make: Make, open_page: Open) -> None:
    run = make("credit_default", data={"key": "credit_default", "limit": 2000})
    at = open_page("errors", run=run.id)
    calm(at)
    assert at.selectbox(key="errors.threshold.class").options[1] == "defaulted"
    assert at.session_state["errors.threshold.1"] == 0.5, "the rarest class comes first"

    def recall() -> float:
        return float(next(m.value for m in at.metric if m.label == "Recall"))

    at.slider(key="errors.threshold.1").set_value(0.999).run()
    calm(at)
    strict = recall()
    at.slider(key="errors.threshold.1").set_value(0.0).run()
    assert recall() == 1.0 > strict
    next(button for button in at.button if button.label.startswith("Take 0.")).click().run()
    calm(at)
    assert f"Take {at.session_state['errors.threshold.1']:.3f}" in {button.label for button in at.button}
    assert "looks better than it is" in words(at)
    assert "same as a threshold of 0.03" in words(at)
    tables = [list(frame.value.columns) for frame in at.dataframe]
    assert ["Class", "Recall", "Precision", "F1", "ROC AUC", "Average precision", "Rows", "Named"] in tables
    assert any("Recall after" in columns for columns in tables)


def test_two_runs_stand_side_by_side_only_on_the_same_rows(make: Make, open_page: Open) -> None:
    run = make("credit_default", balance={"key": "balanced_batches"})
    at = open_page("errors", run=run.id)
    calm(at)
    assert "No other run validates on the same rows" in words(at)
    assert "trained on classes in equal numbers already" in words(at)
    make("credit_default", seed=1)
    before = make("credit_default", name="untouched")
    at = open_page("errors", run=run.id)
    box = at.selectbox(key=f"errors.before.{run.id}")
    assert len(box.options) == 2
    box.select(before.id).run()
    calm(at)
    assert "Both are of the same 40 rows" in words(at)
    assert any({"Before", "After"} <= set(frame.value.columns) for frame in at.dataframe)


def test_runs_are_averaged_only_on_the_same_rows(make: Make, open_page: Open) -> None:
    members = [make("credit_default", balance={"key": "balanced_bag", "member": member}).id for member in (1, 2)]
    at = open_page("compare", runs=",".join(members))
    calm(at)
    at.toggle(key="compare.average").set_value(True).run()
    calm(at)
    (table,) = (frame.value for frame in at.dataframe if "Average" in frame.value.columns)
    assert len(table.columns) == 2 + len(members) + 1 + 1
    other = make("credit_default", seed=5).id
    at = open_page("compare", runs=",".join([*members, other]))
    at.toggle(key="compare.average").set_value(True).run()
    calm(at)
    assert any("different rows" in info.value for info in at.info)
