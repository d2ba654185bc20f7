"""TracIn's numbers against plain autograd, its known answer, and every silent lie of captum's TracIn that ours does not tell."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from captum.influence import TracInCP, TracInCPFast
from torch import nn
from torch.utils.data import TensorDataset

from core.errors import BadInput, Cancelled
from core.explain.base import Refused
from core.explain.catalogue import EXPLANATIONS
from core.explain.influence.line import Line, make_line
from core.explain.influence.planted_labels import area_under_roc, planted_labels, planted_line
from core.explain.influence.points import Point
from core.explain.influence.steadiness import steadiness, top
from core.explain.influence.tracin import terms
from core.explain.preflight import judge
from core.explain.prepare import prepare
from core.train.loss_catalogue import LOSSES
from tests.core.explain.explained_for_tests import FAMILIES, ask, build, family_verdict

Rows = tuple[np.ndarray, np.ndarray]
RATES = (0.1, 0.03, 0.01)


def points_of(model: nn.Module, rates: tuple[float, ...] = RATES) -> tuple[Point, ...]:
    """A point for each rate, of weights moved at random from those of `model`."""
    found = []
    for step, rate in enumerate(rates):
        torch.manual_seed(step)
        weights = {
            name: value + 0.2 * torch.randn_like(value) if value.is_floating_point() and "var" not in name else value
            for name, value in model.state_dict().items()
        }
        found.append(Point(step, rate, lambda weights=weights: weights))
    return tuple(found)


def case(name: str = "mlp", classes: int = 3) -> tuple[Line, Rows, Rows]:
    """(line, 16 training rows, 4 explained rows) of a family of models."""
    model, _, x = build(name)
    y = np.arange(len(x)) % classes
    line = make_line(model, nn.CrossEntropyLoss(), points_of(model), x)
    return line, (x[:16], y[:16]), (x[16:20], y[16:20])


def by_autograd(line: Line, training: Rows, explained: Rows, weights: str) -> np.ndarray:
    """sum over points of rate * <gradient of one row's loss, gradient of the other's>, row by row, (q, n)."""

    def gradients(model: nn.Module, rows: Rows) -> torch.Tensor:
        wanted = list((model if weights == "all" else model.get_submodule(line.last)).parameters())
        found = []
        for x, y in zip(*rows, strict=True):
            loss = line.loss(model(line.tensor(x[None])), line.tensor(y[None]))
            found.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, wanted)]).double())
        return torch.stack(found)

    total = np.zeros((len(explained[1]), len(training[1])))
    for point in line.points:
        model = line.at(point)
        total += point.rate * (gradients(model, explained) @ gradients(model, training).T).numpy()
    return total


@pytest.mark.parametrize("weights", ["last", "all"])
@pytest.mark.parametrize("name", FAMILIES)
def test_the_numbers_are_those_of_plain_autograd(name: str, weights: str) -> None:
    line, training, explained = case(name)
    found = terms(line, training, explained, weights)
    truth = by_autograd(line, training, explained, weights)
    assert found.scores.sum(axis=0) == pytest.approx(truth, rel=1e-4, abs=1e-5)
    itself = terms(line, training, training, weights)
    assert itself.own.sum(axis=0) == pytest.approx(np.diag(itself.scores.sum(axis=0)), rel=1e-5)


class Wavering(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x if float(x.sum()) > 0 else -x)


def test_rows_that_a_batch_cannot_keep_apart_are_gone_through_one_by_one() -> None:
    x, y = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32), np.arange(6) % 3
    model = nn.Sequential(Wavering(5, 4), nn.Linear(4, 3))
    line = make_line(model, nn.CrossEntropyLoss(), points_of(model), x)
    assert far(ours(line, (x, y), (x, y), "all"), by_autograd(line, (x, y), (x, y), "all")) < 1e-5


@pytest.mark.parametrize("key", LOSSES)
def test_every_loss_is_a_plain_mean_over_rows_as_the_formula_needs(key: str) -> None:
    loss = LOSSES[key].load()(**({"counts": (5, 1, 9, 2)} if LOSSES[key].needs_counts else {}))
    random = np.random.default_rng(0)
    classes = LOSSES[key].tasks == ("classification",)
    outputs = torch.from_numpy(random.normal(size=(7, 4 if classes else 1)))
    targets = torch.from_numpy(random.integers(0, 4, 7) if classes else random.poisson(3.0, size=7) * 1.0)
    alone = [float(loss(outputs[i : i + 1], targets[i : i + 1])) for i in range(7)]
    assert float(loss(outputs, targets)) == pytest.approx(np.mean(alone))


def test_chunks_do_not_change_the_numbers_and_it_can_be_called_off(monkeypatch: pytest.MonkeyPatch) -> None:
    line, training, explained = case("cnn")
    whole = terms(line, training, explained)
    monkeypatch.setattr("core.explain.influence.tracin.LAST_LAYER_ROWS", 3)
    shares: list[float] = []
    parts = terms(line, training, explained, progress=shares.append)
    assert parts.scores == pytest.approx(whole.scores, rel=1e-5, abs=1e-7)
    assert parts.own == pytest.approx(whole.own, rel=1e-5)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    with pytest.raises(Cancelled):
        terms(line, training, explained, should_stop=lambda: len(shares) > 0)


@pytest.mark.parametrize("seed", range(3))
def test_turned_over_labels_influence_themselves_most(seed: int) -> None:
    check = planted_labels(seed)
    assert check.light == "green"
    assert check.figures["auc"] > 0.95
    assert check.figures["n"] == 600
    line, training, flipped = planted_line(seed)
    one = (training[0][:1], training[1][:1])
    shuffled = np.random.default_rng(0).permutation(flipped)
    own = terms(line, training, one).own.sum(axis=0)
    assert abs(area_under_roc(own, shuffled) - 0.5) < 0.2


def test_steadiness_tells_a_sum_of_many_from_one_checkpoint() -> None:
    random = np.random.default_rng(0)
    shared = random.normal(size=(5, 200))
    even = np.stack([shared + 0.01 * random.normal(size=(5, 200)) for _ in range(6)])
    assert steadiness(even, tuple(range(6))).light == "green"
    lonely = np.concatenate([even[:1] * 50, random.normal(size=(5, 5, 200))])
    check = steadiness(lonely, (0, 10, 20, 30, 40, 50))
    assert check.light == "withheld"
    assert "checkpoint at step 0" in check.sentence
    assert steadiness(even[:, :, :12], tuple(range(6))).light == "amber"


# ---- the lies of captum 0.9, each beside what ours says ---------------------------------------------------------------


def captum(line: Line, make: Callable[..., Any], training: Rows, explained: Rows, loss: Any, **more: Any) -> np.ndarray:
    """captum's influence (q, n) along `line`, its points loaded with the rates that they have."""

    def load(model: nn.Module, point: Point) -> float:
        model.load_state_dict(point.weights())
        return point.rate

    first = {"final_fc_layer": line.model.get_submodule(line.last)} if make is TracInCPFast else {}
    rows = TensorDataset(line.tensor(training[0]), line.tensor(training[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked = make(line.model, **first, train_dataset=rows, checkpoints=list(line.points), checkpoints_load_func=load, loss_fn=loss, **{"batch_size": 16, **more})  # fmt: skip
        found = asked.influence((line.tensor(explained[0]), line.tensor(explained[1])))
    return np.asarray(found.detach())


def ours(line: Line, training: Rows, explained: Rows, weights: str = "last") -> np.ndarray:
    return terms(line, training, explained, weights).scores.sum(axis=0)


def far(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference, as a share of the largest size."""
    return float(np.abs(one - other).max() / np.abs(other).max())


def test_captum_agrees_where_it_is_right() -> None:
    line, training, explained = case("mlp")
    plain = nn.CrossEntropyLoss(reduction="none")
    last = captum(line, TracInCP, training, explained, plain, layers=[line.last])
    assert far(last, ours(line, training, explained)) < 1e-5
    assert far(captum(line, TracInCP, training, explained, plain), ours(line, training, explained, "all")) < 1e-5


def test_lie_fast_leaves_out_the_offset_of_the_last_layer() -> None:
    line, training, explained = case("mlp")
    fast = captum(line, TracInCPFast, training, explained, nn.CrossEntropyLoss(reduction="sum"))
    truth = by_autograd(line, training, explained, "last")
    assert far(fast, truth) > 0.05
    assert far(ours(line, training, explained), truth) < 1e-5


def test_lie_a_mean_that_does_not_say_so_counts_rows_by_the_size_of_their_batch() -> None:
    line, training, explained = case("mlp")
    truth = by_autograd(line, training, explained, "last")

    def mean(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:  # as RegressionLoss, without `reduction`
        return nn.functional.cross_entropy(outputs, targets)

    found = captum(line, TracInCP, training, explained, mean, layers=[line.last], sample_wise_grads_per_batch=True, batch_size=12)  # fmt: skip
    ratio = found / truth
    assert ratio[:, 0] == pytest.approx(np.full(4, 1 / 12 / 4), rel=1e-3)
    assert ratio[:, 15] == pytest.approx(
        np.full(4, 1 / 4 / 4), rel=1e-3
    )  # three times as much, for being in the last batch


def test_lie_rows_at_once_leaves_out_every_layer_that_is_not_linear_or_conv2d() -> None:
    line, training, explained = case("mlp_norm")
    at_once = captum(line, TracInCP, training, explained, nn.CrossEntropyLoss(reduction="sum"), sample_wise_grads_per_batch=True)  # fmt: skip
    truth = by_autograd(line, training, explained, "all")
    assert far(at_once, truth) > 0.01
    assert far(ours(line, training, explained, "all"), truth) < 1e-5


def test_lie_in_training_mode_dropout_and_batch_norm_answer_and_statistics_move() -> None:
    line, training, explained = case("residual")
    truth = by_autograd(line, training, explained, "last")
    line.model.train()
    before = {name: value.clone() for name, value in line.points[-1].weights().items()}
    found = captum(line, TracInCP, training, explained, nn.CrossEntropyLoss(reduction="none"), layers=[line.last])
    assert far(found, truth) > 0.1
    after = line.model.state_dict()
    assert any(not torch.equal(value, after[name]) for name, value in before.items() if "running_mean" in name)
    assert far(ours(line, training, explained), truth) < 1e-5  # `at` puts the weights back, and eval mode
    assert not line.model.training


def test_lie_a_checkpoint_without_a_rate_counts_with_rate_one(tmp_path: Any) -> None:
    from captum.influence._utils.common import _load_flexible_state_dict

    model = nn.Linear(2, 2)
    torch.save(model.state_dict(), tmp_path / "step.pt")
    assert _load_flexible_state_dict(model, tmp_path / "step.pt") == 1.0
    with pytest.raises(TypeError):
        Point(3, weights=dict)  # type: ignore[call-arg]


def test_lie_a_layer_that_is_not_the_end_is_taken_for_it() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3), nn.Softmax(dim=1))
    x, y = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32), np.arange(12) % 3
    rows = (x, y)
    line = Line(model, nn.CrossEntropyLoss(), "2", points_of(model), points_of(model)[-1])
    fast = captum(line, TracInCPFast, rows, rows, nn.CrossEntropyLoss(reduction="sum"))
    assert far(fast, by_autograd(line, rows, rows, "last")) > 0.2
    with pytest.raises(BadInput, match=r"straight from one nn\.Linear"):
        make_line(model, nn.CrossEntropyLoss(), line.points, x)
    subject = prepare(model, x, "tabular")
    assert isinstance(judge(subject, ask(subject, x), EXPLANATIONS["tracin"]), Refused)


def test_lie_weights_that_do_not_fit_are_refused() -> None:
    line, _, _ = case("mlp")
    short = {name: value for name, value in line.points[0].weights().items() if "hidden2" not in name}
    line.model.load_state_dict(short, strict=False)  # silent: half of the model stays as it was
    with pytest.raises(BadInput, match="does not fit"):
        line.at(Point(0, 0.1, lambda: short))


class TwiceThroughTheHead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(5, 5), nn.Linear(5, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.tanh(self.head(torch.tanh(self.body(x)))))


def test_lie_of_a_layer_that_runs_twice_only_the_last_call_counts() -> None:
    torch.manual_seed(0)
    model = TwiceThroughTheHead()
    x, y = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32), np.arange(12) % 5
    line = Line(model, nn.CrossEntropyLoss(), "head", points_of(model), points_of(model)[-1])
    fast = captum(line, TracInCPFast, (x, y), (x, y), nn.CrossEntropyLoss(reduction="sum"))
    assert far(fast, by_autograd(line, (x, y), (x, y), "last")) > 0.1
    with pytest.raises(BadInput, match="runs 2 times"):
        make_line(model, nn.CrossEntropyLoss(), line.points, x)


def test_one_checkpoint_is_too_few() -> None:
    model, _, x = build("mlp")
    with pytest.raises(BadInput, match="there is 1 with weights of its own"):
        make_line(model, nn.CrossEntropyLoss(), points_of(model)[:1], x)


@pytest.mark.parametrize("name", FAMILIES)
def test_preflight_lets_every_family_through(name: str) -> None:
    assert not isinstance(family_verdict(name, "tracin"), Refused)


def test_ties_go_to_the_earlier_row() -> None:
    assert top(np.array([[1.0, 3.0, 3.0, 2.0]]), 3).tolist() == [[1, 2, 3]]
