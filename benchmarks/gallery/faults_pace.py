"""Cases whose steps have the wrong size: learning rate, schedule, clipping, regularisation."""

from __future__ import annotations

from benchmarks.gallery.build import HE, XAVIER, recipe
from benchmarks.gallery.case import GalleryCase

T = ("transformer",)


def rate_too_high() -> list[GalleryCase]:
    """Plain rates of 10 to 1000 times what works."""
    rows = (
        ("digits-momentum", "mlp", recipe("digits", "mlp", "momentum", 5.0, init=HE), 0.05, ()),
        ("digits-sgd", "mlp", recipe("digits", "mlp", "sgd", 20.0, init=HE, seed=1, depth=2), 0.1, ()),
        ("wine-sgd", "mlp", recipe("wine", "mlp", "sgd", 30.0, seed=2, depth=2, activation="tanh"), 0.1, ()),
        ("cancer-momentum", "mlp", recipe("cancer", "mlp", "momentum", 10.0, seed=1, depth=2), 0.01, ()),
        ("mnist1d-cnn", "cnn", recipe("mnist1d", "cnn", "sgd", 10.0, norm="none", head="flatten"), 0.1, ()),
        ("digits-cnn", "cnn", recipe("digits", "cnn", "momentum", 3.0, norm="none", head="flatten", steps=200), 0.03, ()),
        ("vowels-gru", "rnn", recipe("vowels", "gru", "adam", 1.0, seed=1, steps=200), 0.005, ()),
        ("motions-lstm", "rnn", recipe("motions", "lstm", "momentum", 100.0, steps=120, batch=16), 0.1, ()),
        ("digits-transformer", "transformer", recipe("digits", "transformer", "adam", 0.3, depth=2, width=32, norm="layer", steps=200), 0.002, T),
        ("vowels-transformer", "transformer", recipe("vowels", "transformer", "momentum", 5.0, depth=2, width=32, norm="layer", steps=200, seed=3), 0.02, T),
        ("diabetes-sgd", "mlp", recipe("diabetes", "mlp", "sgd", 5.0, depth=2, width=32), 0.01, ()),
        ("friedman-momentum", "mlp", recipe("friedman", "mlp", "momentum", 1.0, depth=2, width=32, seed=4), 0.01, ()),
        ("spirals-adam", "mlp", recipe("spirals", "mlp", "adam", 2.0, depth=3, width=48, activation="tanh", init=XAVIER), 0.01, ()),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"rate-high/{name}", fault="learning-rate-too-high", family=family, document=document,
            repair={"optim.lr": lr}, inject=inject, twin_inject=inject,
        )
        for name, family, document, lr, inject in rows
    ]  # fmt: skip


def rate_too_low() -> list[GalleryCase]:
    """Rates a thousandth of what works."""
    rows = (
        ("digits-sgd", "mlp", recipe("digits", "mlp", "sgd", 1e-5, depth=2, init=HE), 0.1, ()),
        ("digits-adam", "mlp", recipe("digits", "mlp", "adam", 1e-7, depth=2, seed=1), 0.003, ()),
        ("wine-momentum", "mlp", recipe("wine", "mlp", "momentum", 1e-6, seed=2, depth=2), 0.03, ()),
        ("cancer-sgd", "mlp", recipe("cancer", "mlp", "sgd", 1e-5, seed=3, depth=1), 0.1, ()),
        ("mnist1d-cnn", "cnn", recipe("mnist1d", "cnn", "adam", 3e-7, head="flatten"), 0.003, ()),
        ("digits-cnn", "cnn", recipe("digits", "cnn", "sgd", 1e-5, steps=200), 0.1, ()),
        ("vowels-gru", "rnn", recipe("vowels", "gru", "adam", 1e-6, steps=200), 0.005, ()),
        ("digits-transformer", "transformer", recipe("digits", "transformer", "adam", 1e-7, depth=2, width=32, norm="layer", steps=200), 0.003, T),
        ("friedman-sgd", "mlp", recipe("friedman", "mlp", "sgd", 1e-6, depth=2, width=32), 0.05, ()),
        ("penguins-rmsprop", "mlp", recipe("penguins", "mlp", "rmsprop", 1e-7, depth=2), 0.002, ()),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"rate-low/{name}", fault="learning-rate-too-low", family=family, document=document,
            repair={"optim.lr": lr}, inject=inject, twin_inject=inject,
        )
        for name, family, document, lr, inject in rows
    ]  # fmt: skip


def updates_too_large() -> list[GalleryCase]:
    """Adam's steps, bounded whatever the gradient, at rates of the size of the weights."""
    rows = (
        ("digits-adam", "mlp", recipe("digits", "mlp", "adam", 1.0, depth=3, activation="tanh", seed=1), ()),
        ("mnist1d-rmsprop", "cnn", recipe("mnist1d", "cnn", "rmsprop", 0.5, norm="layer", head="flatten"), ()),
        ("digits-rmsprop", "mlp", recipe("digits", "mlp", "rmsprop", 1.0, depth=2, norm="layer", seed=2), ()),
        ("vowels-rnn", "rnn", recipe("vowels", "rnn", "adam", 0.5, steps=200), ()),
        ("wine-adam", "mlp", recipe("wine", "mlp", "adam", 3.0, depth=3, activation="gelu", seed=3), ()),
        ("digits-transformer", "transformer", recipe("digits", "transformer", "rmsprop", 0.3, depth=2, width=32, norm="layer", steps=200, seed=5), T),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"updates-large/{name}", fault="update-ratio-too-high", family=family, document=document,
            repair={"optim.lr": 0.002}, inject=inject, twin_inject=inject,
        )
        for name, family, document, inject in rows
    ]  # fmt: skip


def clipped() -> list[GalleryCase]:
    """Plain SGD with gradients cut to a thousandth."""
    rows = (
        ("digits", "mlp", recipe("digits", "mlp", "sgd", 0.1, clip=0.001, init=HE, depth=2), ()),
        ("wine-momentum", "mlp", recipe("wine", "mlp", "momentum", 0.01, clip=0.001, depth=2, seed=1), ()),
        ("mnist1d-cnn", "cnn", recipe("mnist1d", "cnn", "sgd", 0.1, clip=0.002, head="flatten"), ()),
        ("digits-cnn", "cnn", recipe("digits", "cnn", "nesterov", 0.02, clip=0.0005, steps=200), ()),
        ("friedman", "mlp", recipe("friedman", "mlp", "sgd", 0.05, clip=0.002, depth=2, seed=2), ()),
        ("digits-transformer", "transformer", recipe("digits", "transformer", "momentum", 0.03, clip=0.001, depth=2, width=32, norm="layer", steps=250), T),
        ("vowels-gru", "rnn", recipe("vowels", "gru", "momentum", 0.1, clip=0.001, steps=200), ()),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"clipped/{name}", fault="over-clipping", family=family, document=document,
            repair={"clip.mode": "none"}, inject=inject, twin_inject=inject,
        )
        for name, family, document, inject in rows
    ]  # fmt: skip


def decayed() -> list[GalleryCase]:
    """Schedules that are over after a tenth of the run."""
    steps = {"key": "step", "every": 0.04, "factor": 0.1}
    rows = (
        ("digits-step", "mlp", recipe("digits", "mlp", "sgd", 0.03, schedule=steps, depth=2), ()),
        ("mnist1d-step", "cnn", recipe("mnist1d", "cnn", "adam", 0.003, schedule=steps, head="flatten", seed=1), ()),
        ("spirals-step", "mlp", recipe("spirals", "mlp", "adam", 0.01, schedule={"key": "step", "every": 0.08, "factor": 0.1}, activation="tanh", init=XAVIER, steps=500), ()),
        ("friedman-step", "mlp", recipe("friedman", "mlp", "sgd", 0.01, schedule=steps, depth=2, steps=400), ()),
        ("digits-exponential", "mlp", recipe("digits", "mlp", "sgd", 0.03, schedule={"key": "exponential", "final": 1e-12}, depth=3, seed=2), ()),
        ("vowels-step", "rnn", recipe("vowels", "gru", "adam", 0.003, schedule={"key": "step", "every": 0.06, "factor": 0.1}, steps=240), ()),
        ("transformer-step", "transformer", recipe("digits", "transformer", "adam", 0.001, schedule={"key": "step", "every": 0.06, "factor": 0.1}, depth=2, width=32, norm="layer", steps=250), T),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"decayed/{name}", fault="premature-decay", family=family, document=document,
            repair={"schedule.key": "constant"}, inject=inject, twin_inject=inject,
        )
        for name, family, document, inject in rows
    ]  # fmt: skip


def held_back() -> list[GalleryCase]:
    """Weight decay and dropout that leave nothing to learn with."""
    rows = (
        ("digits-decay", "mlp", recipe("digits", "mlp", "sgd", 0.1, decay=0.5, init=HE, depth=2), {"optim.weight_decay": 0.0}, ()),
        ("digits-adam-decay", "mlp", recipe("digits", "mlp", "adam", 0.003, decay=1.0, depth=2, seed=1), {"optim.weight_decay": 0.0}, ()),
        ("wine-decay", "mlp", recipe("wine", "mlp", "momentum", 0.03, decay=0.5, depth=2, seed=2), {"optim.weight_decay": 0.0}, ()),
        ("mnist1d-adamw", "cnn", recipe("mnist1d", "cnn", "adamw", 0.005, decay=30.0, norm="none", head="flatten", batch=64), {"optim.weight_decay": 0.0}, ()),
        ("digits-dropout", "mlp", recipe("digits", "mlp", "adam", 0.003, dropout=0.9, depth=4, width=32, seed=3), {"model.dropout": 0.0}, ()),
        ("spirals-dropout", "mlp", recipe("spirals", "mlp", "adam", 0.01, dropout=0.8, depth=3, width=32, steps=500), {"model.dropout": 0.0}, ()),
        ("friedman-decay", "mlp", recipe("friedman", "mlp", "adam", 0.003, decay=2.0, depth=2), {"optim.weight_decay": 0.0}, ()),
        ("transformer-decay", "transformer", recipe("digits", "transformer", "adam", 0.003, decay=0.5, depth=2, width=32, norm="layer", steps=250), {"optim.weight_decay": 0.0}, T),
        ("vowels-decay", "rnn", recipe("vowels", "gru", "adam", 0.005, decay=0.3, steps=200), {"optim.weight_decay": 0.0}, ()),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"held-back/{name}", fault="over-regularisation", family=family, document=document,
            repair=repair, inject=inject, twin_inject=inject,
        )
        for name, family, document, repair, inject in rows
    ]  # fmt: skip


def cases() -> list[GalleryCase]:
    """All of them."""
    return [*rate_too_high(), *rate_too_low(), *updates_too_large(), *clipped(), *decayed(), *held_back()]
