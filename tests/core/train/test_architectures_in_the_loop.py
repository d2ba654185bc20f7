"""Every architecture trains, stops and goes on bit for bit, and its exported script gives the same losses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.models.catalogue import ARCHITECTURES
from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Workspace
from core.train import state
from core.train.batched.eligibility import MODELS, why_alone
from core.train.process import train_run
from tests.core.test_script_export import assert_same, run_script
from tests.core.train.test_every_optimizer_resumes import saved, start, train

DATA = {"image": "digits", "tabular": "wine", "sequence": "mnist1d", "text": "tweets"}
SMALL = {
    "vgg": {"channels": 4, "dropout": 0.2},
    "mobile": {"design": "inverted", "width": 4},
    "vit": {"width": 8, "heads": 2, "blocks": 1, "dropout": 0.2},
    "capsule": {"channels": 4, "types": 2},
    "lstm_attention": {"hidden": 6, "dropout": 0.2},
    "cnn_rnn": {"hidden": 6, "channels": 4},
    "tcn": {"channels": 4, "dropout": 0.2},
    "deep_cross": {"width": 8},
    "linear": {},
    "minilm": {"blocks": 1, "dropout": 0.2},
}
OVER_STEPS = ("lstm_attention", "cnn_rnn", "tcn")
HARDEST = ("capsule", "lstm_attention", "deep_cross")


def document(key: str, kind: str, epochs: int = 2) -> dict:
    return to_document(
        parse_recipe(
            {
                "data": {"key": DATA[kind], "limit": 120},
                "model": {"key": key, **SMALL[key]},
                "init": {"key": "he_normal"},
                "optim": {"key": "adam", "lr": 0.003},
                "train": {"epochs": epochs, "batch_size": 32},
            }
        )
    )


def kind_of(key: str) -> str:
    return "text" if key in OVER_STEPS else ARCHITECTURES[key].kinds[0]


@pytest.mark.parametrize("key", [k if k in HARDEST else pytest.param(k, marks=pytest.mark.slow) for k in SMALL])
def test_the_script_reproduces_a_run(key: str, workspace: Workspace, tmp_path: Path) -> None:
    run = workspace.create(document(key, kind_of(key)))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)


@pytest.mark.parametrize("key", [pytest.param(k, marks=pytest.mark.slow) if k == "minilm" else k for k in SMALL])
def test_broken_at_a_checkpoint_it_ends_as_unbroken(key: str) -> None:
    with torch.random.fork_rng():
        whole, progress = start(document(key, kind_of(key)))
        losses = train(whole, progress).losses
        broken, progress = start(document(key, kind_of(key)))
        first = train(broken, progress, until=3).losses
        file = saved(broken, progress)
        resumed, later = start(document(key, kind_of(key)))
        torch.manual_seed(12345)  # the streams come from the checkpoint
        state.restore(resumed, later, state.load(file, resumed.device))
        assert first + train(resumed, later).losses == losses
        assert all(map(torch.equal, whole.model.parameters(), resumed.model.parameters()))


@pytest.mark.parametrize("key", SMALL)
def test_batched_lanes_refuse_with_a_sentence(key: str) -> None:
    assert key not in MODELS
    said = why_alone(parse_recipe(document(key, kind_of(key))))
    assert said == f"{ARCHITECTURES[key].label} has no batched form."
