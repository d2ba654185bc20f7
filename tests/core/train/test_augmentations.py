"""What each augmentation does, on rows where the answer is known."""

from __future__ import annotations

import torch

from core.train.augment import images, series, tokens
from core.train.augment.draws import RowDraws

ROWS = torch.arange(64)
IMAGE = torch.linspace(0, 1, 12 * 12).reshape(1, 1, 12, 12).repeat(64, 1, 1, 1)


def draws(name: str = "x") -> RowDraws:
    return RowDraws(0, 0, ROWS, name)


def test_a_quarter_turn_is_a_quarter_turn() -> None:
    one = torch.ones(64)
    turned = images.resampled(IMAGE, 0 * one, -one, one, 0 * one)
    assert torch.allclose(turned, IMAGE.rot90(1, (2, 3)), atol=1e-5) or torch.allclose(
        turned, IMAGE.rot90(-1, (2, 3)), atol=1e-5
    )


def test_rotation_keeps_proportions_of_images_that_are_not_square() -> None:
    wide = torch.zeros(1, 1, 21, 41)
    wide[:, :, 10, 12:29] = 1.0  # a bar of 17 across the middle stands upright after a quarter turn
    quarter = torch.full((1,), torch.pi / 2)
    turned = images.resampled(wide, quarter.cos(), -quarter.sin() * 21 / 41, quarter.sin() * 41 / 21, quarter.cos())
    assert turned[0, 0, 2:19, 20].min() > 0.9
    assert turned[0, 0, :, 15].max() < 0.1


def test_translation_of_whole_pixels_is_a_shift() -> None:
    one = torch.ones(64)
    moved = images.resampled(IMAGE, one, 0 * one, 0 * one, one, one * 2 * 3 / 12)
    assert torch.allclose(moved[..., :9], IMAGE[..., 3:], atol=1e-5)
    assert torch.allclose(moved[..., 9:], IMAGE[..., -1:].expand(-1, -1, -1, 3), atol=1e-5)


def test_flips_happen_as_often_as_asked() -> None:
    flipped = images.flip_horizontal(IMAGE, draws(), probability=0.5)
    mirrored = (flipped == IMAGE.flip(-1)).flatten(1).all(1)
    same = (flipped == IMAGE).flatten(1).all(1)
    assert (mirrored ^ same).all()
    assert 16 < int(mirrored.sum()) < 48
    assert torch.equal(images.flip_vertical(IMAGE, draws(), probability=1.0), IMAGE.flip(-2))


def test_light_stays_within_black_and_white() -> None:
    for varied in (images.brightness(IMAGE, draws(), delta=0.9), images.contrast(IMAGE, draws(), factor=5.0)):
        assert float(varied.min()) >= 0
        assert float(varied.max()) <= 1
    assert (images.brightness(IMAGE, draws(), delta=0.1) - IMAGE).abs().max() <= 0.1 + 1e-6


def test_blur_keeps_what_is_even_and_the_sum_of_a_point() -> None:
    assert torch.allclose(images.blur(torch.full((64, 1, 9, 9), 0.3), draws()), torch.tensor(0.3), atol=1e-6)
    point = torch.zeros(64, 1, 15, 15)
    point[:, :, 7, 7] = 1.0
    blurred = images.blur(point, draws(), sigma=1.0)
    assert torch.allclose(blurred.sum((1, 2, 3)), torch.ones(64), atol=1e-5)
    assert float(blurred.amax((1, 2, 3)).min()) < 0.5


def test_cutmix_shares_the_target_by_the_area_pasted() -> None:
    ours, theirs = torch.zeros(64, 1, 12, 12), torch.ones(64, 1, 12, 12)
    y, other = torch.tensor([[1.0, 0.0]]).repeat(64, 1), torch.tensor([[0.0, 1.0]]).repeat(64, 1)
    x, mixed = images.cutmix(ours, y, theirs, other, draws(), probability=1.0)
    assert torch.allclose(mixed[:, 1], x.mean((1, 2, 3)), atol=1e-6)
    assert float(mixed[:, 1].std()) > 0.1


def test_erasing_leaves_at_least_what_was_asked() -> None:
    x = torch.rand(64, 1, 20, 20)
    changed = (images.erase(x, draws(), largest=0.25, probability=1.0) != x).float().mean((1, 2, 3))
    assert float(changed.max()) <= 0.32  # whole pixels round up a side
    assert float(changed.max()) > 0.1


def padded() -> torch.Tensor:
    x = torch.arange(10.0).reshape(1, 10, 1).repeat(64, 1, 2)
    x[32:, 6:] = torch.nan
    return x


def test_series_keep_their_padding_and_warps_their_ends() -> None:
    x = padded()
    for function in (series.jitter, series.rescale, series.magnitude_warp, series.time_warp, series.window):
        assert torch.equal(function(x, draws()).isnan(), x.isnan()), function
    warped = series.time_warp(x, draws(), std=0.8)
    assert torch.allclose(warped[:, 0], x[:, 0], atol=1e-4)
    assert torch.allclose(warped[:32, 9], x[:32, 9], atol=1e-4)
    assert torch.allclose(warped[32:, 5], x[32:, 5], atol=1e-4)
    assert (warped[:32].diff(dim=1) > 0).all()
    assert not torch.allclose(warped[:32], x[:32], atol=0.2)


def test_a_window_is_a_straight_part_of_a_straight_line() -> None:
    cut = series.window(padded(), draws(), smallest=0.5)[:32, :, 0]
    steps = cut.diff(dim=1)
    assert torch.allclose(steps, steps[:, :1].expand_as(steps), atol=1e-4)
    assert float(steps.min()) >= 0.5 - 1e-4
    assert float(cut.min()) >= 0
    assert float(cut.max()) <= 9


def test_words_left_out_close_the_gap_in_order() -> None:
    x = torch.zeros(64, 8, dtype=torch.int64)
    x[:, :6] = torch.arange(1, 7)
    left = tokens.token_dropout(x, draws(), probability=0.4)
    for row in left.tolist():
        words = [word for word in row if word]
        assert row == words + [0] * (8 - len(words))
        assert words == sorted(words)
        assert words
    assert 0.5 < float((left != 0).sum() / (x != 0).sum()) < 0.7
    assert (tokens.token_dropout(x, draws(), probability=1.0) != 0).sum(1).eq(1).all()
    empty = torch.zeros(64, 4, dtype=torch.int64)
    assert torch.equal(tokens.token_dropout(empty, draws(), probability=0.5), empty)


def test_swaps_are_of_neighbours_and_lose_no_word() -> None:
    x = torch.zeros(64, 8, dtype=torch.int64)
    x[:, :7] = torch.arange(1, 8)
    swapped = tokens.token_swap(x, draws(), probability=0.5)
    assert torch.equal(swapped.sort(1).values, x.sort(1).values)
    places = torch.arange(8)
    assert ((swapped[:, :7] - 1 - places[:7]).abs() <= 1).all()
    assert torch.equal(swapped[:, 7], x[:, 7])
    assert not torch.equal(swapped, x)
