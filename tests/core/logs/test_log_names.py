"""Names of other tools find their way to ours, and the document shows the same table."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.logs.names import KNOWN, NAMES, layer_of, normalise, pick, table, wanted

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("loss", "step.loss"),
        ("train/loss", "step.loss"),
        ("Loss/train", "step.loss"),
        ("trainLoss", "step.loss"),
        ("train_loss_step", "step.loss"),
        ("warm-sun-3 - train/loss", "step.loss"),
        ("train/epoch_loss", "step.loss"),
        ("metrics.train_loss", "step.loss"),
        ("my cross-entropy loss", "step.loss"),
        ("eval_loss", "evaluation.val_loss"),
        ("validation/epoch_loss", "evaluation.val_loss"),
        ("Loss/valid", "evaluation.val_loss"),
        ("valid_loss", "evaluation.val_loss"),
        ("test loss", "evaluation.val_loss"),
        ("eval_accuracy", "evaluation.val_accuracy"),
        ("val/acc", "evaluation.val_accuracy"),
        ("Accuracy/test", "evaluation.val_accuracy"),
        ("val_sparse_categorical_accuracy", "evaluation.val_accuracy"),
        ("train_acc", "evaluation.train_accuracy"),
        ("learning_rate", "step.lr"),
        ("lr-AdamW", "step.lr"),
        ("lr-SGD/pg1", "step.lr"),
        ("epoch_learning_rate", "step.lr"),
        ("grad_norm", "gradients.gradient_norm"),
        ("train/grad_norm", "gradients.gradient_norm"),
        ("grad_2.0_norm_total", "gradients.gradient_norm"),
        ("_step", "axis.step"),
        ("trainer/global_step", "axis.step"),
        ("Epoch", "axis.epoch"),
        ("_runtime", "axis.seconds"),
    ],
)
def test_a_name_is_taken_for_one_column(name: str, target: str) -> None:
    assert dict(pick({name: 5}).names) == {target: name}
    assert wanted(name)


@pytest.mark.parametrize(
    "name", ["train/loss__MIN", "train/loss__MAX", "val_best_loss", "best_val_score", "bleu", "损失", "", "loss_scale"]
)
def test_a_name_is_left_out(name: str) -> None:
    assert not pick({name: 5}).names
    assert not wanted(name)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("grad_norm/fc1.weight", "fc1.weight"),
        ("gradients/Encoder.0", "Encoder.0"),
        ("train/gradient_norm/层1", "层1"),
        ("grad_2.0_norm/conv.bias", "conv.bias"),
        ("grad_norm/total", "grad_norm/total"),
    ],
)
def test_layers_keep_their_names(name: str, layer: str) -> None:
    assert layer_of(name) == ("" if name == "grad_norm/total" else layer)


def test_the_order_decides_between_several() -> None:
    names = ["epoch_loss", "train/kl_loss", "train/loss", "val/loss", "test/loss"]
    found = pick(dict.fromkeys(names, 9))
    assert found.names["step.loss"] == "train/loss"
    assert found.names["evaluation.val_loss"] == "val/loss"
    assert found.passed_over == ("epoch_loss", "train/kl_loss")
    assert pick({"loss": 1, "train_loss": 50}).names["step.loss"] == "train_loss"
    assert pick({"b - loss": 3, "a - loss": 3}).names["step.loss"] == "b - loss"


def test_a_plain_accuracy_beside_a_validation_loss_is_one_of_validation() -> None:
    fastai = dict.fromkeys(("epoch", "train_loss", "valid_loss", "accuracy"), 5)
    assert pick(fastai).names["evaluation.val_accuracy"] == "accuracy"
    keras = dict.fromkeys(("epoch", "accuracy", "loss", "val_accuracy", "val_loss"), 5)
    assert pick(keras).names["evaluation.train_accuracy"] == "accuracy"


def test_every_known_name_is_normal_and_leads_to_one_column() -> None:
    owners: dict[str, str] = {}
    for target, names in KNOWN.items():
        for name in names:
            if "*" not in name:
                assert normalise(name) == name
                assert owners.setdefault(name, target) == target or name == "eval_train_loss"
    assert set(NAMES) == set(KNOWN)


def test_the_document_shows_the_table() -> None:
    text = (ROOT / "docs" / "diagnose.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- names -->\n")[2].partition("\n<!-- /names -->")[0]
    assert shown == table(), "run: python -c 'from core.logs.names import table; print(table())'"
