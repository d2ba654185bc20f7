"""Padding never changes what a recurrent network answers, and both directions read what they should."""

import pytest
import torch

from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.recurrent import reverse_valid_steps, valid_lengths

torch.set_num_threads(1)
CELLS = ("rnn", "lstm", "gru")


def built(key, **params):
    torch.manual_seed(0)
    return ARCHITECTURES[key].load()(ModelInput("sequence", (10, 2)), 3, **params).eval()


@pytest.mark.parametrize("pooling", ["last", "mean"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("key", CELLS)
def test_padding_at_the_end_changes_nothing(key, bidirectional, pooling):
    model = built(key, layers=2, bidirectional=bidirectional, pooling=pooling)
    series = torch.randn(4, 6, 2, generator=torch.Generator().manual_seed(1))
    padded = torch.cat([series, torch.zeros(4, 4, 2)], dim=1)
    assert torch.allclose(model(series), model(padded), atol=1e-6)


@pytest.mark.parametrize("key", CELLS)
def test_both_directions_agree_with_a_packed_torch_layer(key):
    model = built(key, bidirectional=True, hidden=4)
    layer = model.recurrent1
    reference = type(layer.cell)(2, 4, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for name, parameter in layer.cell.named_parameters():
            getattr(reference, name).copy_(parameter)
            getattr(reference, name + "_reverse").copy_(getattr(layer.reverse_cell, name))
    series = torch.randn(3, 7, 2, generator=torch.Generator().manual_seed(2))
    lengths = torch.tensor([7, 3, 1])
    for row, length in enumerate(lengths):
        series[row, length:] = 0
    packed = torch.nn.utils.rnn.pack_padded_sequence(series, lengths, batch_first=True)
    states, final = reference(packed)
    states, _ = torch.nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
    ours = layer(series, lengths)
    for row, length in enumerate(lengths):
        assert torch.allclose(ours[row, :length], states[row, :length], atol=1e-6)
    final = final[0] if isinstance(final, tuple) else final
    assert torch.allclose(model.pool(ours, lengths), torch.cat([final[0], final[1]], dim=1), atol=1e-6)


def test_valid_lengths_keep_zeros_within_a_series():
    series = torch.zeros(4, 5, 2)
    series[0, 1, 0] = 1.0
    series[1, [0, 3], 1] = 1.0
    series[2, 4] = 1.0
    assert valid_lengths(series).tolist() == [2, 4, 5, 5]


def test_reversing_leaves_the_padding():
    series = torch.tensor([[1.0, 2.0, 3.0, 0.0, 0.0]]).unsqueeze(2)
    assert reverse_valid_steps(series, torch.tensor([3])).flatten().tolist() == [3, 2, 1, 0, 0]


def test_dark_image_rows_are_not_padding():
    torch.manual_seed(0)
    model = ARCHITECTURES["gru"].load()(ModelInput("image", (1, 8, 8)), 2)
    image = torch.zeros(1, 1, 8, 8)
    image[:, :, :2] = 1.0
    states = model.recurrent1(model.rows(image), torch.tensor([8]))
    assert torch.allclose(model(image), model.output(states[:, 7]))


def test_image_rows_are_the_time_axis():
    torch.manual_seed(0)
    model = ARCHITECTURES["rnn"].load()(ModelInput("image", (3, 8, 5)), 2)
    image = torch.arange(120.0).reshape(1, 3, 8, 5)
    rows = model.rows(image)
    assert rows.shape == (1, 8, 15)
    assert torch.equal(rows[0, 2, :5], image[0, 0, 2])
    assert torch.equal(rows[0, 2, 10:], image[0, 2, 2])


def test_the_gradient_of_a_plain_rnn_fades_over_time():
    """What a probe on the input of recurrent1 must see: dL/dx_t by time step."""
    torch.manual_seed(0)
    spec = ARCHITECTURES["rnn"]
    model = spec.load()(ModelInput("sequence", (60, 4)), 2)
    series = torch.randn(8, 60, 4, requires_grad=True)
    model(series).pow(2).sum().backward()
    by_step = series.grad.pow(2).mean(dim=(0, 2)).sqrt()
    assert by_step[-1] > 1e3 * by_step[0]
