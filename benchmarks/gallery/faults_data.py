"""Cases whose data, labels, batches or loop are at fault, and those that fit too much or too little."""

from __future__ import annotations

from benchmarks.gallery.build import HE, XAVIER, recipe
from benchmarks.gallery.case import GalleryCase

T = ("transformer",)


def raw_inputs() -> list[GalleryCase]:
    """Tables as they come, one column in thousands and another under one."""
    raw = {"standardise": False}
    rows = (
        ("cancer-sgd", recipe("cancer", "mlp", "sgd", 0.05, data_more=raw, depth=2, width=32)),
        ("cancer-adam", recipe("cancer", "mlp", "adam", 0.003, data_more=raw, depth=2, width=32, activation="tanh", seed=1)),
        ("wine-sgd", recipe("wine", "mlp", "sgd", 0.02, data_more=raw, depth=2, width=32)),
        ("wine-adam", recipe("wine", "mlp", "adam", 0.001, data_more=raw, depth=2, width=32, seed=2)),
        ("wine-tanh", recipe("wine", "mlp", "momentum", 0.02, data_more=raw, depth=2, width=32, activation="tanh", seed=3)),
        ("penguins-sgd", recipe("penguins", "mlp", "sgd", 0.05, data_more=raw, depth=2, width=32)),
        ("penguins-adam", recipe("penguins", "mlp", "adam", 0.001, data_more=raw, depth=2, width=32, seed=4, activation="gelu")),
        ("wine-batch", recipe("wine", "mlp", "sgd", 0.05, data_more=raw, depth=3, width=32, activation="sigmoid", init=XAVIER, seed=5)),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"raw-inputs/{name}", fault="unscaled-input", family="mlp", document=document,
            repair={"data.standardise": True}, margin=0.1,
        )
        for name, document in rows
    ]  # fmt: skip


def raw_targets() -> list[GalleryCase]:
    """Regressions whose target is in thousands."""
    raw = {"standardise": False}
    rows = (
        ("diabetes-sgd", recipe("diabetes", "mlp", "sgd", 0.01, data_more=raw, depth=2, width=32)),
        ("diabetes-adam", recipe("diabetes", "mlp", "adam", 0.003, data_more=raw, depth=2, width=32, seed=1)),
        ("friedman-sgd", recipe("friedman", "mlp", "sgd", 0.01, data_more=raw, depth=2, width=32)),
        ("friedman-adam", recipe("friedman", "mlp", "adam", 0.003, data_more=raw, depth=2, width=32, seed=2)),
        ("friedman-momentum", recipe("friedman", "mlp", "momentum", 0.005, data_more=raw, depth=3, width=32, seed=3, activation="tanh")),
        ("friedman-clip", recipe("friedman", "mlp", "sgd", 0.01, data_more=raw, depth=2, width=32, seed=4, clip=1.0)),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"raw-targets/{name}", fault="unscaled-target", family="mlp", document=document,
            repair={"data.standardise": True}, inject=("raw_target",), twin_inject=("raw_target",),
        )
        for name, document in rows
    ]  # fmt: skip


def unshuffled() -> list[GalleryCase]:
    """Rows sorted by class, taken in that order."""
    order = {"shuffle": False}
    rows = (
        ("digits-sgd", "mlp", recipe("digits", "mlp", "sgd", 0.1, train_more=order, depth=2, init=HE), ()),
        ("digits-adam", "mlp", recipe("digits", "mlp", "adam", 0.003, train_more=order, depth=2, seed=1), ()),
        ("wine-momentum", "mlp", recipe("wine", "mlp", "momentum", 0.02, train_more=order, depth=2, seed=2), ()),
        ("mnist1d-cnn", "cnn", recipe("mnist1d", "cnn", "adam", 0.003, train_more=order, head="flatten"), ()),
        ("digits-cnn", "cnn", recipe("digits", "cnn", "adam", 0.003, train_more=order, steps=250), ()),
        ("vowels-gru", "rnn", recipe("vowels", "gru", "adam", 0.005, train_more=order, steps=200), ()),
        ("digits-sgd-wide", "mlp", recipe("digits", "mlp", "sgd", 0.3, train_more=order, depth=3, width=128, steps=150, batch=16, seed=8), ()),
        ("digits-nesterov", "mlp", recipe("digits", "mlp", "nesterov", 0.03, train_more=order, depth=3, steps=180, batch=16, seed=9), ()),
        ("mnist1d-cnn-plain", "cnn", recipe("mnist1d", "cnn", "momentum", 0.02, train_more=order, norm="none", head="flatten", steps=250, seed=10), ()),
        ("transformer-sgd", "transformer", recipe("digits", "transformer", "momentum", 0.03, train_more=order, depth=2, width=32, norm="layer", batch=16, steps=200, seed=11), T),
        ("digits-sgd-hot", "mlp", recipe("digits", "mlp", "sgd", 0.5, train_more=order, depth=3, steps=150, batch=16, seed=3), ()),
        ("digits-deep", "mlp", recipe("digits", "mlp", "momentum", 0.05, train_more=order, depth=4, steps=200, batch=16, seed=4), ()),
        ("mnist1d-mlp", "mlp", recipe("mnist1d", "mlp", "adam", 0.003, train_more=order, depth=3, steps=300, seed=5), ()),
        ("spirals", "mlp", recipe("spirals", "mlp", "adam", 0.01, train_more=order, depth=3, width=48, activation="tanh", init=XAVIER, steps=500, seed=6), ()),
        ("digits-cnn-sgd", "cnn", recipe("digits", "cnn", "sgd", 0.1, train_more=order, norm="none", head="flatten", steps=200, batch=16, seed=7), ()),
        ("transformer", "transformer", recipe("digits", "transformer", "adam", 0.002, train_more=order, depth=2, width=32, norm="layer", steps=250), T),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"unshuffled/{name}", fault="unshuffled-data", family=family, document=document,
            repair={"train.shuffle": True}, inject=("sorted_rows", *inject), twin_inject=("sorted_rows", *inject),
        )
        for name, family, document, inject in rows
    ]  # fmt: skip


def overfit() -> list[GalleryCase]:
    """Large networks, few noisy rows, much time. The twin stops early."""
    few = {"samples": 160, "noise": 0.4, "validation_fraction": 0.5}
    rows = (
        ("moons-0", "mlp", recipe("noisy-moons", "mlp", "adam", 0.003, data_more=few, depth=3, width=256, init=HE, batch=20, steps=500)),
        ("moons-1", "mlp", recipe("noisy-moons", "mlp", "adam", 0.005, data_more=few, depth=3, width=128, batch=20, steps=600, seed=1)),
        ("circles", "mlp", recipe("circles", "mlp", "adam", 0.005, data_more={"samples": 160, "noise": 0.25, "validation_fraction": 0.5}, depth=3, width=128, batch=20, steps=600, seed=2)),
        ("diabetes", "mlp", recipe("diabetes", "mlp", "adam", 0.003, depth=3, width=128, steps=500)),
        ("friedman", "mlp", recipe("friedman", "mlp", "adam", 0.005, data_more={"samples": 120, "noise": 3.0, "validation_fraction": 0.5}, depth=3, width=128, steps=500, batch=16, seed=3)),
        ("mnist1d", "mlp", recipe("mnist1d", "mlp", "adam", 0.003, data_more={"samples": 500}, depth=3, width=128, steps=500)),
        ("mnist1d-cnn", "cnn", recipe("mnist1d", "cnn", "adam", 0.005, data_more={"samples": 300}, head="flatten", channels=16, kernel=5, steps=400, norm="none")),
        ("credit", "mlp", recipe("credit", "mlp", "adam", 0.005, data_more={"limit": 400}, depth=3, width=128, steps=400)),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"overfit/{name}", fault="overfitting", family=family, document=document, measure="validation",
            repair={"train.patience": 8},
        )
        for name, family, document in rows
    ]  # fmt: skip


def underfit() -> list[GalleryCase]:
    """One or two units, or no bend between the layers."""
    wide = {"model.width": 48, "model.depth": 3}
    bend = {"model.activation": "relu"}
    rows = (
        ("digits-1", recipe("digits", "mlp", "adam", 0.01, depth=1, width=1, steps=500), wide),
        ("digits-2", recipe("digits", "mlp", "adam", 0.02, depth=2, width=2, steps=600, seed=1), wide),
        ("moons-identity", recipe("moons", "mlp", "adam", 0.01, activation="identity", depth=2, width=16, steps=400), bend),
        ("circles-identity", recipe("circles", "mlp", "adam", 0.01, activation="identity", depth=3, width=32, steps=400), bend),
        ("spirals-identity", recipe("spirals", "mlp", "adam", 0.01, activation="identity", depth=3, width=48, steps=500), bend),
        ("spirals-2", recipe("spirals", "mlp", "adam", 0.02, activation="tanh", depth=1, width=2, steps=500, seed=2), wide),
        ("circles-1", recipe("circles", "mlp", "adam", 0.02, depth=1, width=1, steps=400, seed=3, activation="tanh"), wide),
        ("friedman-identity", recipe("friedman", "mlp", "adam", 0.01, activation="identity", depth=2, width=32, steps=400), bend),
        ("mnist1d-1", recipe("mnist1d", "mlp", "adam", 0.02, depth=1, width=1, steps=400, activation="tanh"), wide),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"underfit/{name}", fault="underfitting", family="mlp", document=document, repair=repair,
            margin=0.1,
        )
        for name, document, repair in rows
    ]  # fmt: skip


def rare_class() -> list[GalleryCase]:
    """One class with a twenty-fifth of its rows, hard to tell apart; twins weigh the classes."""
    rows = (
        ("moons-0", "mlp", recipe("noisy-moons", "mlp", "adam", 0.005, depth=2, width=32, data_more={"noise": 0.5, "samples": 1000}), ("imbalance",)),
        ("moons-1", "mlp", recipe("noisy-moons", "mlp", "sgd", 0.05, depth=2, width=16, seed=1, data_more={"samples": 1000}), ("imbalance",)),
        ("circles", "mlp", recipe("circles", "mlp", "adam", 0.003, depth=2, width=16, seed=2, data_more={"noise": 0.3, "samples": 1000}), ("imbalance",)),
        ("credit-adam", "mlp", recipe("credit", "mlp", "adam", 0.003, depth=2, width=16), ()),
        ("credit-sgd", "mlp", recipe("credit", "mlp", "sgd", 0.05, depth=1, width=16, seed=3), ()),
        ("transformer", "transformer", recipe("noisy-moons", "transformer", "adam", 0.002, depth=1, width=16, norm="layer", seed=4, data_more={"noise": 0.5, "samples": 1000}), ("imbalance", "transformer")),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"rare-class/{name}", fault="class-imbalance", family=family, document=document, measure="least_recall",
            inject=inject, twin_inject=("class_weights", *inject) if not inject else (*inject, "class_weights"),
        )
        for name, family, document, inject in rows
    ]  # fmt: skip


def batch_norm() -> list[GalleryCase]:
    """Batch norm over two to four rows; the twin has a norm that does not look across the batch."""
    rows = (
        ("digits-2", "mlp", recipe("digits", "mlp", "adam", 0.003, batch=2, norm="batch", depth=4, width=32, steps=400), "layer"),
        ("digits-3", "mlp", recipe("digits", "mlp", "sgd", 0.05, batch=3, norm="batch", depth=6, width=32, steps=400, seed=1), "layer"),
        ("wine-2", "mlp", recipe("wine", "mlp", "adam", 0.003, batch=2, norm="batch", depth=5, width=32, steps=300, seed=2), "layer"),
        ("mnist1d-2", "mlp", recipe("mnist1d", "mlp", "adam", 0.002, batch=2, norm="batch", depth=3, width=48, steps=600, seed=4), "layer"),
        ("digits-2-deep", "mlp", recipe("digits", "mlp", "adam", 0.002, batch=2, norm="batch", depth=6, width=48, steps=600, seed=5), "layer"),
        ("moons-2", "mlp", recipe("moons", "mlp", "adam", 0.005, batch=2, norm="batch", depth=6, width=24, steps=500, seed=6), "layer"),
        ("spirals-2", "mlp", recipe("spirals", "mlp", "adam", 0.005, batch=2, norm="batch", depth=4, width=32, steps=600), "layer"),
        ("friedman-2", "mlp", recipe("friedman", "mlp", "adam", 0.005, batch=2, norm="batch", depth=4, width=32, steps=400), "layer"),
        ("cancer-2", "mlp", recipe("cancer", "mlp", "sgd", 0.05, batch=2, norm="batch", depth=8, width=16, steps=300, seed=3), "layer"),
    )  # fmt: skip
    return [
        GalleryCase(
            id=f"batch-norm/{name}", fault="batch-norm-misuse", family=family, document=document,
            repair={"model.norm": norm}, margin=0.1,
        )
        for name, family, document, norm in rows
    ]  # fmt: skip


def loop_faults() -> list[GalleryCase]:
    """What a training loop can forget or turn round; twins are trained by the right loop."""
    digits = recipe("digits", "mlp", "sgd", 0.1, depth=2, init=HE)
    cnn = recipe("mnist1d", "cnn", "adam", 0.003, head="flatten", seed=1)
    plain_cnn = recipe("mnist1d", "cnn", "momentum", 0.02, head="flatten", norm="none", seed=2)
    gru = recipe("vowels", "gru", "adam", 0.005, steps=200)
    wine = recipe("wine", "mlp", "adam", 0.005, depth=2, seed=3)
    attention = recipe("digits", "transformer", "adam", 0.002, depth=2, width=32, norm="layer", steps=250)
    deep = recipe("spirals", "mlp", "adam", 0.01, depth=3, width=48, activation="tanh", init=XAVIER, steps=500)
    moons = recipe("moons", "mlp", "momentum", 0.05, depth=2, width=32, seed=4)
    friedman = recipe("friedman", "mlp", "sgd", 0.05, depth=2, width=32, seed=5)
    long = {"depth": 2, "width": 128, "steps": 600}
    rows = (
        ("missing-zero-grad", "keep_gradients", (
            ("digits", "mlp", recipe("digits", "mlp", "sgd", 0.3, depth=2, init=HE), ()), ("cnn", "cnn", plain_cnn, ()), ("gru", "rnn", recipe("vowels", "gru", "momentum", 0.2, steps=200), ()),
            ("transformer", "transformer", recipe("digits", "transformer", "momentum", 0.03, depth=2, width=32, norm="layer", steps=250), T),
            ("friedman", "mlp", friedman, ()), ("spirals", "mlp", deep, ()), ("moons", "mlp", moons, ()))),
        ("wrong-direction", "maximise", (
            ("digits", "mlp", digits, ()), ("cnn", "cnn", cnn, ()), ("gru", "rnn", gru, ()), ("transformer", "transformer", attention, T),
            ("friedman", "mlp", friedman, ()), ("wine", "mlp", wine, ()))),
        ("double-softmax", "softmax", (
            ("digits", "mlp", recipe("digits", "mlp", "sgd", 0.1, depth=2, seed=1), ()), ("cnn", "cnn", plain_cnn, ()), ("deep", "mlp", recipe("digits", "mlp", "sgd", 0.1, depth=4, width=32, seed=2), ()),
            ("transformer", "transformer", recipe("digits", "transformer", "momentum", 0.02, depth=2, width=32, norm="layer", steps=200), T),
            ("gru", "rnn", recipe("vowels", "gru", "momentum", 0.2, steps=200), ()), ("wine", "mlp", recipe("wine", "mlp", "momentum", 0.01, depth=2), ()),
            ("mnist1d", "mlp", recipe("mnist1d", "mlp", "momentum", 0.02, depth=3, seed=3), ()), ("digits-adam", "mlp", recipe("digits", "mlp", "adam", 0.0005, depth=4, width=32, seed=4, steps=150), ()), ("spirals", "mlp", recipe("spirals", "mlp", "momentum", 0.05, depth=3, width=48, activation="tanh", init=XAVIER, steps=400, seed=5), ()))),
    )  # fmt: skip
    frozen = (
        ("spirals-hidden", "mlp", deep, (), "forget_hidden"),
        ("cnn-hidden", "cnn", cnn, (), "forget_hidden"),
        (
            "circles-hidden",
            "mlp",
            recipe("circles", "mlp", "sgd", 0.3, depth=3, width=8, seed=8, steps=400),
            (),
            "forget_hidden",
        ),
        (
            "mnist1d-hidden",
            "mlp",
            recipe("mnist1d", "mlp", "adam", 0.003, depth=2, width=48, seed=9),
            (),
            "forget_hidden",
        ),
        (
            "mnist1d-cnn-output",
            "cnn",
            recipe("mnist1d", "cnn", "adam", 0.003, blocks=3, channels=8, seed=10),
            (),
            "forget_output",
        ),
        (
            "spirals-detached",
            "mlp",
            recipe("spirals", "mlp", "adam", 0.01, depth=4, width=24, seed=6, steps=400),
            (),
            "detach",
        ),
        ("transformer-detached", "transformer", attention, T, "detach"),
        ("narrow-output", "mlp", recipe("digits", "mlp", "sgd", 0.1, depth=3, width=12, seed=7), (), "forget_output"),
        (
            "mnist1d-detached",
            "mlp",
            recipe("mnist1d", "mlp", "adam", 0.003, depth=3, width=48, steps=400),
            (),
            "detach",
        ),
        ("gru-hidden", "rnn", gru, (), "forget_hidden"),
    )
    infinite = (
        ("wine-log", "mlp", recipe("wine", "mlp", "adam", 0.02, seed=1, **long), (), "log_of_zero"),
        ("digits-log", "mlp", recipe("digits", "mlp", "adam", 0.01, seed=2, **long), (), "log_of_zero"),
        (
            "moons-log",
            "mlp",
            recipe("moons", "mlp", "adam", 0.03, seed=3, data_more={"noise": 0.05}, **long),
            (),
            "log_of_zero",
        ),
        ("cnn-log", "cnn", recipe("digits", "cnn", "adam", 0.02, head="flatten", steps=400), (), "log_of_zero"),
        ("digits-norm", "mlp", digits, (), "norm_without_eps"),
        ("cnn-norm", "cnn", plain_cnn, (), "norm_without_eps"),
        ("friedman-norm", "mlp", friedman, (), "norm_without_eps"),
    )
    flat = [
        (fault, name, family, document, inject, injection)
        for fault, injection, members in rows
        for name, family, document, inject in members
    ]
    flat += [("frozen-parameters", *member) for member in frozen] + [("non-finite", *member) for member in infinite]
    return [
        GalleryCase(
            id=f"{fault}/{name}", fault=fault, family=family, document=document, inject=(*inject, injection),
            twin_inject=inject, margin=0.1 if fault in ("double-softmax", "frozen-parameters") else 0.2,
        )
        for fault, name, family, document, inject, injection in flat
    ]  # fmt: skip


def cases() -> list[GalleryCase]:
    """All of them."""
    return [
        *raw_inputs(), *raw_targets(), *unshuffled(), *overfit(), *underfit(), *rare_class(), *batch_norm(), *loop_faults(),
    ]  # fmt: skip
