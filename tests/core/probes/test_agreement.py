"""What the probes record equals what plain PyTorch says, to float32 rounding, and recording changes no number."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.data.graph import Graph, both_ways
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.probes.activations import ActivationProbe
from core.probes.gradients import GradientProbe
from core.probes.layers import find_layers
from core.probes.norms import array_norm, squares
from core.probes.recorder import Recorder
from core.probes.updates import UpdateProbe
from core.recipe.parts import RecordPart
from core.store.rows import RunReader, RunWriter
from tests.core.models.outputs_for_tests import outputs_of

QUICK = [pytest.param(key, marks=pytest.mark.slow) if spec.pretrained else key for key, spec in ARCHITECTURES.items()]


def model_and_batch(key: str = "mlp", **params: object) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    kinds = ARCHITECTURES[key].kinds
    preferred = ("image", "tabular") if key in ("mlp", "cnn") or "sequence" not in kinds else ("sequence",)
    if kinds == ("graph",):
        graph = Graph(torch.randn(16, 6).numpy(), both_ways(np.array([[0, 1], [1, 2], [3, 4], [4, 9]])))
        model = ARCHITECTURES[key].load()(ModelInput("graph", (1,), graph=graph), 5, **params)
        return model, torch.arange(16)[:, None], torch.randint(0, 5, (16,))
    if kinds == ("text",):
        model = ARCHITECTURES[key].load()(ModelInput("text", (9,), 20), 5, **params)
        return model, torch.randint(1, 20, (16, 9)), torch.randint(0, 5, (16,))
    kind = next(kind for kind in preferred if kind in kinds)
    shape = {"image": (1, 8, 8), "sequence": (12, 3), "tabular": (6,)}[kind]
    model_input = ModelInput(kind, shape)
    model = ARCHITECTURES[key].load()(model_input, outputs_of(key, model_input, 5), **params)
    return model, torch.randn(16, *shape), torch.randint(0, 5, (16,))


def backward(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    return loss


@pytest.mark.parametrize("key", QUICK)
def test_gradient_norms_agree_with_autograd(key: str) -> None:
    model, x, y = model_and_batch(key)
    layers = find_layers(model)
    probe = GradientProbe(model, layers)
    backward(model, x, y)
    row = dict(zip(probe.columns, probe.finish(np.asarray(probe.measure())), strict=True))
    everything = torch.cat([p.grad.reshape(-1).double() for p in model.parameters()])
    assert row["gradient_norm"] == pytest.approx(everything.norm().item(), rel=1e-5)
    for layer in layers:
        own = torch.cat([p.grad.reshape(-1).double() for p in [*layer.weights, *layer.biases]])
        assert row[f"gradient_norm/{layer.name}"] == pytest.approx(own.norm().item(), rel=1e-5)
        assert row[f"gradient_rms/{layer.name}"] == pytest.approx(own.square().mean().sqrt().item(), rel=1e-5)


@pytest.mark.parametrize("key", QUICK)
def test_layers_cover_every_weight_matrix_once(key: str) -> None:
    model, _, _ = model_and_batch(key)
    layers = find_layers(model)
    found = [id(p) for layer in layers for p in layer.weights]
    assert len(found) == len(set(found))
    assert set(found) == {id(p) for p in model.parameters() if p.ndim >= 2}
    assert len({layer.name for layer in layers}) == len(layers)
    assert layers[-1].name == "output"
    assert not any(layer.name.endswith((".linear", ".conv", ".cell")) for layer in layers)


def test_huge_but_finite_gradients_do_not_look_infinite() -> None:
    assert array_norm(np.full(4, 3e19, np.float32)) == pytest.approx(6e19)
    assert array_norm(np.full(4, 1e-25, np.float32)) == pytest.approx(2e-25)


def test_a_nan_in_one_layer_stays_in_that_layer() -> None:
    model, x, y = model_and_batch(depth=2, width=8)
    probe = GradientProbe(model, find_layers(model))
    backward(model, x, y)
    model.hidden2.linear.weight.grad[0, 0] = float("nan")  # type: ignore[union-attr,operator]
    row = dict(zip(probe.columns, probe.finish(np.asarray(probe.measure())), strict=True))
    assert np.isnan([row["gradient_norm"], row["gradient_norm/hidden2"], row["gradient_rms/hidden2"]]).all()
    assert np.isfinite([row["gradient_norm/hidden1"], row["gradient_norm/output"], row["gradient_rms/output"]]).all()


def test_a_frozen_layer_has_no_gradient_and_disturbs_nothing() -> None:
    model, x, y = model_and_batch(depth=2, width=8)
    model.hidden1.requires_grad_(False)  # type: ignore[operator,union-attr]
    probe = GradientProbe(model, find_layers(model))
    backward(model, x, y)
    row = dict(zip(probe.columns, probe.finish(np.asarray(probe.measure())), strict=True))
    assert row["gradient_norm/hidden2"] > 0
    assert "gradient_norm/hidden1" not in row


def test_updates_agree_with_the_weights_before_and_after() -> None:
    model, x, y = model_and_batch(depth=2, width=8)
    layers = find_layers(model)
    probe, optimizer = UpdateProbe(layers), torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        backward(model, x, y)
        before = [layer.weights[0].detach().clone() for layer in layers]
        probe.before()
        optimizer.step()
        row = dict(zip(probe.columns, probe.finish(np.asarray(probe.after())), strict=True))
    for layer, old in zip(layers, before, strict=True):
        moved = (layer.weights[0] - old).norm().item()
        assert row[f"weight_norm/{layer.name}"] == pytest.approx(old.norm().item(), rel=1e-5)
        assert row[f"update_norm/{layer.name}"] == pytest.approx(moved, rel=1e-4)
        assert row[f"update_ratio/{layer.name}"] == pytest.approx(moved / old.norm().item(), rel=1e-4)


def test_update_ratio_of_zero_weights_is_finite() -> None:
    model, x, y = model_and_batch(depth=1, width=8)
    nn.init.zeros_(model.output.weight)  # type: ignore[arg-type,union-attr]
    layers = find_layers(model)
    probe, optimizer = UpdateProbe(layers), torch.optim.SGD(model.parameters(), lr=0.1)
    backward(model, x, y)
    probe.before()
    optimizer.step()
    assert np.isfinite(probe.finish(np.asarray(probe.after()))).all()


def test_activations_agree_with_a_forward_pass_by_hand() -> None:
    model, x, y = model_and_batch(depth=2, width=32, activation="tanh")
    layers = find_layers(model)
    probe = ActivationProbe(layers)
    kept: dict[str, torch.Tensor] = {}
    for name in ("hidden1", "hidden2"):
        getattr(model, name).linear.register_forward_hook(
            lambda module, inputs, output, name=name: (output.retain_grad(), kept.__setitem__(name, output))[0]
        )
    probe.arm()
    backward(model, x * 3, y)
    row = dict(zip(probe.columns, probe.finish(np.asarray(probe.collect())), strict=True))
    for name, z in kept.items():
        h = torch.tanh(z).detach()
        assert row[f"activation_mean/{name}"] == pytest.approx(h.mean().item(), abs=1e-6)
        assert row[f"activation_std/{name}"] == pytest.approx(h.std(correction=0).item(), rel=1e-5)
        assert row[f"saturated_fraction/{name}"] == pytest.approx((h.abs() > 0.95).float().mean().item())
        expected = z.grad.square().mean().sqrt().item()  # type: ignore[union-attr]
        assert row[f"pre_activation_gradient_rms/{name}"] == pytest.approx(expected, rel=1e-4)


def test_zero_fraction_counts_exact_zeros() -> None:
    model, x, y = model_and_batch(depth=1, width=64, activation="relu")
    probe = ActivationProbe(find_layers(model))
    probe.arm()
    backward(model, x, y)
    row = dict(zip(probe.columns, probe.finish(np.asarray(probe.collect())), strict=True))
    h = model.hidden1(torch.flatten(x, 1))  # type: ignore[operator]
    assert row["zero_fraction/hidden1"] == pytest.approx((h == 0).float().mean().item())


def test_hooks_are_gone_after_a_record() -> None:
    model, x, y = model_and_batch(depth=2, width=8)
    probe = ActivationProbe(find_layers(model))
    probe.arm()
    backward(model, x, y)
    probe.collect()
    assert not any(module._forward_hooks for module in model.modules())


def test_pre_activation_gradients_are_divided_by_the_loss_scale() -> None:
    model, x, y = model_and_batch(depth=2, width=8)
    probe, rows = ActivationProbe(find_layers(model)), []
    for scale in (1.0, 1024.0):
        model.zero_grad()
        probe.arm()
        (nn.functional.cross_entropy(model(x), y) * scale).backward()
        rows.append(np.asarray(probe.collect(loss_scale=scale)))
    assert rows[0] == pytest.approx(rows[1], rel=1e-5)


@pytest.mark.parametrize("key", QUICK)
def test_recording_changes_no_number(key: str, tmp_path: Path) -> None:
    params = {"dropout": 0.3} if "dropout" in ARCHITECTURES[key].defaults() else {}
    model, x, y = model_and_batch(key, **params)
    twin = copy.deepcopy(model)
    weights = []
    for number, network in enumerate((model, twin)):
        torch.manual_seed(1)
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
        recorder = Recorder(
            network,
            RecordPart(budget=None, updates_every=1, activations_every=1),
            RunWriter(tmp_path / f"{number}.db", 1),
        )
        for step in range(1, 6):
            if number:
                recorder.step_begins(step)
            optimizer.zero_grad()
            loss = backward(network, x, y)
            if number:
                recorder.gradients_ready(step)
                recorder.update_begins(step)
            optimizer.step()
            if number:
                recorder.step_done(step, loss.detach(), 0.01, len(x))
        weights.append(torch.cat([p.detach().reshape(-1) for p in network.parameters()]))
        recorder.flush("running", 5, dict, force=True)
    assert torch.equal(*weights)
    reader = RunReader(tmp_path / "1.db")
    assert [reader.count(stream) for stream in ("step", "gradients", "updates", "activations")] == [5, 5, 5, 5]


def spoil(model: nn.Module, step: int) -> None:
    """Gradients of every awkward kind, another one at each step."""
    first, second, *_, last = list(model.parameters())
    assert first.grad is not None
    assert second.grad is not None
    if step == 2:
        first.grad.view(-1)[0] = float("nan")
    elif step == 3:
        second.grad.fill_(float("inf"))
    elif step == 4:
        first.grad.mul_(1e25)
    elif step == 5:
        first.grad.mul_(1e-24)
        second.grad.zero_()
    elif step == 6:
        last.grad = None
    elif step == 7:
        first.grad = first.grad.t().contiguous().t()


def test_rows_made_at_the_commit_are_those_of_each_step_bit_by_bit(tmp_path: Path) -> None:
    model, x, y = model_and_batch(depth=2, width=8)
    writer, alarms = RunWriter(tmp_path / "run.db", 1), []
    recorder = Recorder(
        model,
        RecordPart(budget=None, updates=False, activations=False),
        writer,
        lambda stream, step, row: alarms.append((stream, step, bool(np.isfinite(row[1])))),
    )
    expected = []
    for step in range(1, 9):
        recorder.step_begins(step)
        model.zero_grad()
        loss = backward(model, x, y)
        spoil(model, step)
        measured = np.asarray(recorder.gradients.measure(), np.float64)  # type: ignore[union-attr]
        expected.append(recorder.gradients.finish(measured))  # type: ignore[union-attr]
        recorder.gradients_ready(step)
        assert [at for _, at, _ in alarms] == [at for at in (2, 3) if at <= step], "told at the step itself"
        recorder.step_done(step, loss.detach(), 0.1, len(x))
    recorder.flush("running", 8, dict, force=True)
    rows = RunReader(tmp_path / "run.db").rows("gradients")
    assert rows.step.tolist() == list(range(1, 9))
    assert rows.values.tobytes() == np.stack(expected).tobytes()
    assert alarms[0] == ("gradients", 2, False)


def test_squares_are_those_of_array_norm_and_leave_the_rest_to_measure() -> None:
    tensors = [torch.randn(7, 3), torch.full((4,), 3e19), torch.zeros(5), torch.randn(3, 7).t()]
    found = squares(tensors)
    assert found is not None
    assert np.sqrt(found).tolist() == [array_norm(tensor.reshape(-1).numpy()) for tensor in tensors]
    assert squares([tensors[0], None]) is None
    assert squares([torch.randn(3, dtype=torch.float64)]) is None
    assert squares([torch.randn(3), torch.randn(3, requires_grad=True)]) is None
    assert squares([]) is None
