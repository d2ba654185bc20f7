"""Cases whose signal or gradient is lost in depth, time or single units: initial weights, activations, memory."""

from __future__ import annotations

from benchmarks.gallery.build import HE, XAVIER, normal, recipe
from benchmarks.gallery.case import GalleryCase

T = ("transformer",)
RELU_HE = {"model.activation": "relu", "init.key": "he_normal"}


def vanishing() -> list[GalleryCase]:
    """Deep networks whose layers each shrink the gradient; twins propagate it, at the same rate and optimizer."""
    skip = {**RELU_HE, "model.norm": "layer", "model.skip": True}
    norm = {**RELU_HE, "model.norm": "layer"}
    rows = (
        ("digits-sigmoid-8", "mlp", recipe("digits", "mlp", "sgd", 0.1, depth=8, width=32, activation="sigmoid"), RELU_HE),
        ("digits-sigmoid-20", "mlp", recipe("digits", "mlp", "sgd", 0.1, depth=20, width=32, activation="sigmoid", init=normal(0.01)), skip),
        ("digits-tanh-20", "mlp", recipe("digits", "mlp", "sgd", 0.05, depth=20, width=32, activation="tanh", seed=1), skip),
        ("digits-relu-small", "mlp", recipe("digits", "mlp", "sgd", 0.1, depth=4, width=64, init=normal(0.01), seed=2), {"init.key": "he_normal"}),
        ("digits-relu-10", "mlp", recipe("digits", "mlp", "momentum", 0.02, depth=12, width=32, seed=3), norm),
        ("wine-sigmoid-6", "mlp", recipe("wine", "mlp", "momentum", 0.02, depth=6, width=32, activation="sigmoid", init=XAVIER), RELU_HE),
        ("cancer-sigmoid-10", "mlp", recipe("cancer", "mlp", "adam", 0.003, depth=16, width=16, activation="sigmoid", seed=1), norm),
        ("spirals-relu-20", "mlp", recipe("spirals", "mlp", "adam", 0.003, depth=20, width=24, init=normal(0.05), steps=400), skip),
        ("circles-tanh-small", "mlp", recipe("circles", "mlp", "sgd", 0.1, depth=6, width=32, activation="tanh", init=normal(0.05), steps=400), {"init.key": "xavier_normal", "model.activation": "relu"}),
        ("friedman-sigmoid-8", "mlp", recipe("friedman", "mlp", "sgd", 0.03, depth=8, width=32, activation="sigmoid"), norm),
        ("mnist1d-cnn-sigmoid", "cnn", recipe("mnist1d", "cnn", "momentum", 0.02, blocks=6, channels=12, norm="none", activation="sigmoid", head="flatten", pool_every=3), {"model.activation": "relu", "model.norm": "batch", "init.key": "he_normal"}),
        ("digits-cnn-small", "cnn", recipe("digits", "cnn", "sgd", 0.1, blocks=4, norm="none", init=normal(0.01), pool_every=4, steps=250), {"init.key": "he_normal", "model.norm": "batch"}),
    )  # fmt: skip
    return [
        GalleryCase(id=f"vanishing/{name}", fault="vanishing-gradient", family=family, document=document, repair=repair)
        for name, family, document, repair in rows
    ]


def exploding() -> list[GalleryCase]:
    """Deep networks whose layers each enlarge the signal."""
    rows = (
        ("digits-relu-12", "mlp", recipe("digits", "mlp", "sgd", 0.01, depth=12, width=128, init=normal(0.5)), "he_normal", ()),
        ("digits-relu-6", "mlp", recipe("digits", "mlp", "momentum", 0.01, depth=6, width=64, init=normal(0.6), seed=1), "he_normal", ()),
        ("cancer-gelu-8", "mlp", recipe("cancer", "mlp", "momentum", 0.003, depth=8, width=64, init=normal(0.5), activation="gelu"), "he_normal", ()),
        ("wine-leaky-10", "mlp", recipe("wine", "mlp", "sgd", 0.02, depth=8, width=64, init=normal(0.4), activation="leaky_relu"), "he_normal", ()),
        ("friedman-relu-6", "mlp", recipe("friedman", "mlp", "sgd", 0.01, depth=4, width=64, init=normal(0.4), seed=2), "he_normal", ()),
        ("mnist1d-cnn", "cnn", recipe("mnist1d", "cnn", "sgd", 0.02, blocks=4, channels=24, norm="none", init=normal(0.5), head="flatten", pool_every=2), "he_normal", ()),
        ("digits-cnn", "cnn", recipe("digits", "cnn", "adam", 0.002, blocks=5, channels=16, norm="none", init=normal(0.6), pool_every=5, steps=150), "he_normal", ()),
        ("digits-transformer", "transformer", recipe("digits", "transformer", "momentum", 0.005, depth=3, width=32, init=normal(1.0), steps=250), "xavier_normal", T),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"exploding/{name}", fault="exploding-gradient", family=family, document=document,
            repair={"init.key": init}, inject=inject, twin_inject=inject,
        )
        for name, family, document, init, inject in rows
    ]  # fmt: skip


def symmetric() -> list[GalleryCase]:
    """All weights alike."""
    zeros, tenth = {"key": "zeros"}, {"key": "constant", "value": 0.1}
    rows = (
        ("digits-zeros", "mlp", recipe("digits", "mlp", "sgd", 0.1, init=zeros, depth=2), ()),
        ("digits-constant", "mlp", recipe("digits", "mlp", "adam", 0.003, init={"key": "constant", "value": 0.01}, depth=2, seed=1), ()),
        ("spirals-constant", "mlp", recipe("spirals", "mlp", "adam", 0.01, init=tenth, activation="tanh", steps=500), ()),
        ("circles-zeros", "mlp", recipe("circles", "mlp", "adam", 0.01, init=zeros, depth=2), ()),
        ("mnist1d-cnn-zeros", "cnn", recipe("mnist1d", "cnn", "adam", 0.003, init=zeros, norm="none", head="flatten"), ()),
        ("digits-cnn-constant", "cnn", recipe("digits", "cnn", "adam", 0.003, init=tenth, norm="none", steps=250), ()),
        ("friedman-constant", "mlp", recipe("friedman", "mlp", "adam", 0.003, init=tenth, depth=2, seed=2), ()),
        ("transformer-zeros", "transformer", recipe("digits", "transformer", "adam", 0.003, init=zeros, depth=2, width=32, steps=200), T),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"symmetric/{name}", fault="symmetric-initialisation", family=family, document=document,
            repair={"init.key": "default"}, inject=inject, twin_inject=inject,
        )
        for name, family, document, inject in rows
    ]  # fmt: skip


def first_outputs() -> list[GalleryCase]:
    """Shallow networks whose first outputs are far too large for their rate."""
    rows = (
        ("digits-1", "mlp", recipe("digits", "mlp", "adam", 0.001, depth=1, width=64, init=normal(2.0), steps=200)),
        ("digits-2", "mlp", recipe("digits", "mlp", "adam", 0.001, depth=2, width=64, init=normal(1.0), steps=200, seed=1)),
        ("mnist1d-1", "mlp", recipe("mnist1d", "mlp", "adam", 0.003, depth=2, width=64, init=normal(1.0), steps=300)),
        ("friedman-2", "mlp", recipe("friedman", "mlp", "adam", 0.003, depth=1, width=32, init=normal(2.0))),
        ("diabetes-1", "mlp", recipe("diabetes", "mlp", "adam", 0.003, depth=2, width=32, init=normal(1.0), seed=2)),
        ("mnist1d-cnn", "cnn", recipe("mnist1d", "cnn", "adam", 0.002, blocks=2, norm="none", head="flatten", init=normal(1.0))),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"first-outputs/{name}", fault="bad-initial-scale", family=family, document=document,
            repair={"init.key": "default"},
        )
        for name, family, document in rows
    ]  # fmt: skip


def saturated() -> list[GalleryCase]:
    """tanh and sigmoid layers with weights so large that nearly every unit is at its end."""
    rows = (
        ("digits-tanh-2", recipe("digits", "mlp", "sgd", 0.01, depth=3, width=64, activation="tanh", init=normal(1.5))),
        ("digits-tanh-4", recipe("digits", "mlp", "adam", 0.001, depth=5, width=64, activation="tanh", init=normal(2.0), seed=1)),
        ("mnist1d-tanh", recipe("mnist1d", "mlp", "adam", 0.001, depth=3, width=64, activation="tanh", init=normal(1.0))),
        ("wine-tanh", recipe("wine", "mlp", "sgd", 0.01, depth=4, width=64, activation="tanh", init=normal(3.0), seed=2)),
        ("digits-sigmoid", recipe("digits", "mlp", "sgd", 0.02, depth=3, width=128, activation="sigmoid", init=normal(4.0), seed=3)),
        ("digits-tanh-sgd", recipe("digits", "mlp", "sgd", 0.01, depth=4, width=64, activation="tanh", init=normal(1.0), seed=4)),
        ("digits-tanh-wide", recipe("digits", "mlp", "momentum", 0.002, depth=4, width=128, activation="tanh", init=normal(1.0), seed=5)),
        ("vowels-tanh", recipe("vowels", "mlp", "sgd", 0.02, depth=4, width=64, activation="tanh", init=normal(2.0), seed=6, steps=250)),
        ("spirals-tanh", recipe("spirals", "mlp", "adam", 0.005, depth=4, width=64, activation="tanh", init=normal(3.0), steps=400)),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"saturated/{name}", fault="saturated-activation", family="mlp", document=document,
            repair={"init.key": "he_normal", "model.activation": "relu"} if "sigmoid" in name else {"init.key": "xavier_normal"},
        )
        for name, document in rows
    ]  # fmt: skip


def dead() -> list[GalleryCase]:
    """ReLU layers switched off for every row: by their biases, or by one long step."""
    low = ("negative_bias",)
    rows = (
        ("digits-bias", "mlp", recipe("digits", "mlp", "sgd", 0.05, depth=2, init=HE), low, {}),
        ("wine-bias", "mlp", recipe("wine", "mlp", "adam", 0.003, depth=2, init=HE, seed=1), low, {}),
        ("friedman-bias", "mlp", recipe("friedman", "mlp", "adam", 0.003, depth=2, init=HE), low, {}),
        ("mnist1d-cnn-bias", "cnn", recipe("mnist1d", "cnn", "adam", 0.003, norm="none", head="flatten", init=HE), low, {}),
        ("digits-adam", "mlp", recipe("digits", "mlp", "adam", 0.2, depth=4, init=HE), (), {"optim.lr": 0.002}),
        ("mnist1d-adam", "cnn", recipe("mnist1d", "cnn", "adam", 0.2, norm="none", head="flatten", init=HE, seed=1), (), {"optim.lr": 0.002}),
        ("cancer-adam", "mlp", recipe("cancer", "mlp", "adam", 0.5, depth=4, init=HE, seed=2), (), {"optim.lr": 0.002}),
        ("moons-adam", "mlp", recipe("moons", "mlp", "adam", 0.5, depth=4, init=HE, seed=3), (), {"optim.lr": 0.005}),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"dead/{name}", fault="dead-relu", family=family, document=document, inject=inject, repair=repair,
        )
        for name, family, document, inject, repair in rows
    ]  # fmt: skip


def forgetful() -> list[GalleryCase]:
    """Plain RNNs asked to remember the first of 40 values; their twins are gated."""
    gru = {"model.key": "gru", "model.hidden": 32, "optim.key": "adam", "optim.lr": 0.01}
    more = {"data_more": {"samples": 1500}, "steps": 400, "batch": 64}
    small = {"key": "orthogonal", "gain": 0.7}
    rows = (
        ("sgd-0", recipe("mnist1d", "rnn", "sgd", 0.05, hidden=32, **more), gru),
        ("sgd-1", recipe("mnist1d", "rnn", "sgd", 0.1, hidden=32, seed=1, **more), gru),
        ("adam-2", recipe("mnist1d", "rnn", "adam", 0.002, hidden=32, seed=2, init=small, **more), gru),
        ("momentum-3", recipe("mnist1d", "rnn", "momentum", 0.01, hidden=48, seed=3, init=normal(0.05), **more), {**gru, "init.key": "default"}),
        ("adam-4", recipe("mnist1d", "rnn", "adam", 0.003, hidden=24, seed=4, init=normal(0.1), **more), {**gru, "init.key": "default"}),
        ("relu-5", recipe("mnist1d", "rnn", "sgd", 0.05, hidden=32, activation="relu", seed=5, **more), gru),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"forgetful/{name}", fault="vanishing-over-time", family="rnn", document=document, repair=repair,
            inject=("memory",), twin_inject=("memory",),
        )
        for name, document, repair in rows
    ]  # fmt: skip


def cases() -> list[GalleryCase]:
    """All of them."""
    return [*vanishing(), *exploding(), *symmetric(), *first_outputs(), *saturated(), *dead(), *forgetful()]
