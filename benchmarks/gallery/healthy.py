"""Healthy controls, of the kind that invites false alarms. `REACH` is what a sound run scores on its training rows."""

from __future__ import annotations

from typing import Any

from benchmarks.gallery.build import HE, XAVIER, Document, normal, recipe
from benchmarks.gallery.case import HEALTHY, GalleryCase

# Training accuracy or R2 that a small sound network should reach in a few hundred steps, fixed before any run.
REACH = {
    "digits": 0.93, "digits28": 0.85, "moons": 0.92, "noisy-moons": 0.8, "circles": 0.9, "spirals": 0.9, "iris": 0.93,
    "wine": 0.95, "cancer": 0.95, "penguins": 0.95, "credit": 0.9, "diabetes": 0.4, "friedman": 0.75, "mnist1d": 0.7,
    "vowels": 0.9, "motions": 0.9, "adding": 0.8,
}  # fmt: skip
T = ("transformer",)
Row = tuple[str, str, Document, tuple[str, ...]]


def depth() -> list[Row]:
    """Deep or oddly begun networks that learn all the same."""
    return [
        ("relu-default-adam-8", "digits", recipe("digits", "mlp", "adam", 0.003, depth=8, width=64), ()),
        ("relu-default-adam-10", "digits", recipe("digits", "mlp", "adam", 0.003, depth=10, width=64, seed=1, steps=400), ()),
        ("tanh-orthogonal-20", "digits", recipe("digits", "mlp", "sgd", 0.05, depth=20, width=48, activation="tanh", init={"key": "orthogonal"}, seed=2), ()),
        ("tanh-orthogonal-12", "wine", recipe("wine", "mlp", "momentum", 0.01, depth=12, width=32, activation="tanh", init={"key": "orthogonal"}), ()),
        ("layer-norm-skip-30", "digits", recipe("digits", "mlp", "adam", 0.002, depth=30, width=32, norm="layer", skip=True, init=HE), ()),
        ("layer-norm-skip-16", "spirals", recipe("spirals", "mlp", "adam", 0.003, depth=16, width=32, norm="layer", skip=True, init=HE, steps=400), ()),
        ("sigmoid-norm-skip-10", "digits", recipe("digits", "mlp", "adam", 0.003, depth=10, width=32, activation="sigmoid", norm="layer", skip=True, init=XAVIER), ()),
        ("he-relu-10", "cancer", recipe("cancer", "mlp", "sgd", 0.02, depth=10, width=32, init=HE, seed=3), ()),
        ("he-relu-8-momentum", "digits", recipe("digits", "mlp", "momentum", 0.01, depth=8, width=64, init=HE, seed=4), ()),
        ("selu-8", "digits", recipe("digits", "mlp", "sgd", 0.03, depth=8, width=48, activation="selu", init=normal(0.14)), ()),
        ("sigmoid-2", "digits", recipe("digits", "mlp", "adam", 0.01, depth=2, width=64, activation="sigmoid", seed=5), ()),
        ("sigmoid-3-xavier", "wine", recipe("wine", "mlp", "adam", 0.01, depth=3, width=32, activation="sigmoid", init=XAVIER, steps=400), ()),
        ("small-init-adam", "digits", recipe("digits", "mlp", "adam", 0.005, depth=2, width=64, init=normal(0.02)), ()),
        ("wide-init", "digits", recipe("digits", "mlp", "adam", 0.003, depth=2, width=64, init=normal(0.3), steps=400), ()),
        ("zero-head", "digits", recipe("digits", "mlp", "sgd", 0.1, depth=3, init=HE, seed=6), ("zero_head",)),
        ("zero-head-adam", "moons", recipe("moons", "mlp", "adam", 0.005, depth=3, seed=7), ("zero_head",)),
        ("frozen-first", "digits", recipe("digits", "mlp", "adam", 0.003, depth=3, seed=8), ("freeze_first",)),
        ("frozen-first-wine", "wine", recipe("wine", "mlp", "momentum", 0.03, depth=3, seed=9), ("freeze_first",)),
        ("frozen-first-cnn", "digits", recipe("digits", "cnn", "adam", 0.005, head="flatten", seed=1, steps=250), ("freeze_first",)),
        ("identity-wine", "wine", recipe("wine", "mlp", "adam", 0.01, depth=2, width=16, activation="identity"), ()),
        ("identity-iris", "iris", recipe("iris", "mlp", "adam", 0.02, depth=1, width=8, activation="identity", steps=400), ()),
        ("two-units", "penguins", recipe("penguins", "mlp", "adam", 0.02, depth=1, width=3, activation="tanh", steps=400, seed=2), ()),
    ]  # fmt: skip


def pace() -> list[Row]:
    """Schedules, optimizers, clips and batches at the edge of what is usual."""

    def s(key: str, **more: Any) -> Document:
        return {"key": key, **more}

    return [
        ("warmup", "digits", recipe("digits", "mlp", "adam", 0.005, schedule=s("warmup_cosine", warmup=0.3), depth=2), ()),
        ("warmup-long", "moons", recipe("moons", "mlp", "sgd", 0.3, schedule=s("warmup_cosine", warmup=0.5), depth=2, steps=500, seed=1), ()),
        ("one-cycle", "digits", recipe("digits", "mlp", "momentum", 0.1, schedule=s("one_cycle"), depth=2, seed=2), ()),
        ("one-cycle-cnn", "mnist1d", recipe("mnist1d", "cnn", "adamw", 0.02, schedule=s("one_cycle"), head="flatten"), ()),
        ("cyclic", "digits", recipe("digits", "mlp", "sgd", 0.2, schedule=s("cyclic"), depth=2, seed=3), ()),
        ("cyclic-adam", "spirals", recipe("spirals", "mlp", "adam", 0.01, schedule=s("cyclic", low=0.01), depth=3, width=48, activation="tanh", init=XAVIER, steps=500), ()),
        ("step", "digits", recipe("digits", "mlp", "momentum", 0.05, schedule=s("step"), depth=2, seed=4), ()),
        ("exponential", "wine", recipe("wine", "mlp", "adam", 0.01, schedule=s("exponential"), depth=2, seed=5), ()),
        ("cosine", "friedman", recipe("friedman", "mlp", "adam", 0.01, schedule=s("cosine"), depth=2, width=32, steps=400), ()),
        ("plateau", "digits", recipe("digits", "mlp", "sgd", 0.1, schedule=s("reduce_on_plateau"), depth=2, seed=6), ()),
        ("label-smoothing", "digits", recipe("digits", "mlp", "adam", 0.003, loss={"key": "cross_entropy", "label_smoothing": 0.2}, depth=2), ()),
        ("label-smoothing-moons", "moons", recipe("moons", "mlp", "adam", 0.01, loss={"key": "cross_entropy", "label_smoothing": 0.3}, depth=2, seed=1), ()),
        ("tiny-batch", "digits", recipe("digits", "mlp", "sgd", 0.01, batch=2, depth=2, steps=600, init=HE), ()),
        ("tiny-batch-adam", "wine", recipe("wine", "mlp", "adam", 0.001, batch=2, depth=2, steps=500, seed=1), ()),
        ("tiny-batch-one", "iris", recipe("iris", "mlp", "sgd", 0.02, batch=1, depth=1, steps=600, width=16), ()),
        ("tiny-batch-moons", "moons", recipe("moons", "mlp", "adam", 0.002, batch=4, depth=2, steps=600, seed=2), ()),
        ("full-batch", "wine", recipe("wine", "mlp", "sgd", 0.1, batch=512, depth=2, steps=400, seed=3), ()),
        ("full-batch-moons", "moons", recipe("moons", "mlp", "momentum", 0.1, batch=1024, depth=2, steps=400), ()),
        ("large-batch", "digits", recipe("digits", "mlp", "momentum", 0.05, batch=400, depth=2, seed=4), ()),
        ("nesterov", "digits", recipe("digits", "mlp", "nesterov", 0.02, depth=2, seed=5), ()),
        ("rmsprop", "digits", recipe("digits", "mlp", "rmsprop", 0.001, depth=2, seed=6), ()),
        ("adagrad", "digits", recipe("digits", "mlp", "adagrad", 0.02, depth=2, seed=7), ()),
        ("momentum-99", "cancer", recipe("cancer", "mlp", "momentum", 0.002, momentum=0.98, depth=2, steps=400), ()),
        ("adam-hot", "digits", recipe("digits", "mlp", "adam", 0.02, depth=2, seed=8), ()),
        ("sgd-hot", "digits", recipe("digits", "mlp", "sgd", 0.5, depth=2, seed=9), ()),
        ("slow-but-sure", "cancer", recipe("cancer", "mlp", "sgd", 0.01, depth=1, width=32, steps=600, seed=1), ()),
        ("clip-adam", "digits", recipe("digits", "mlp", "adam", 0.003, clip=0.1, depth=2, seed=1), ()),
        ("clip-sgd", "digits", recipe("digits", "mlp", "sgd", 0.2, clip=1.0, depth=2, seed=2), ()),
        ("clip-gru", "vowels", recipe("vowels", "gru", "adam", 0.005, clip=0.25, steps=250), ()),
        ("bf16", "digits", recipe("digits", "mlp", "adam", 0.003, depth=2, train_more={"precision": "bf16"}, steps=150), ()),
        ("long", "digits", recipe("digits", "mlp", "adam", 0.003, depth=2, steps=800, seed=3), ()),
        ("long-wine", "wine", recipe("wine", "mlp", "adam", 0.01, depth=2, steps=800, seed=4), ()),
        ("long-sgd", "penguins", recipe("penguins", "mlp", "momentum", 0.05, depth=2, steps=800), ()),
        ("decay", "digits", recipe("digits", "mlp", "adamw", 0.003, decay=0.1, depth=2, seed=5), ()),
        ("decay-sgd", "digits", recipe("digits", "mlp", "sgd", 0.1, decay=0.005, depth=2, seed=6), ()),
        ("dropout", "digits", recipe("digits", "mlp", "adam", 0.005, dropout=0.4, depth=2, width=128, seed=7, steps=400), ()),
        ("huber", "friedman", recipe("friedman", "mlp", "adam", 0.005, loss={"key": "huber"}, depth=2, width=32, steps=400, seed=1), ()),
        ("mae", "friedman", recipe("friedman", "mlp", "adam", 0.005, loss={"key": "mae"}, depth=2, width=32, steps=400, seed=2), ()),
    ]  # fmt: skip


def data() -> list[Row]:
    """Noisy, small, unbalanced or easy data; and other architectures."""
    few = {"limit": 300}
    order = {"shuffle": False}
    return [
        ("noisy-moons-0", "noisy-moons", recipe("noisy-moons", "mlp", "adam", 0.003, depth=2, width=16), ()),
        ("noisy-moons-1", "noisy-moons", recipe("noisy-moons", "mlp", "sgd", 0.1, depth=2, width=16, seed=1, steps=400), ()),
        ("noisy-moons-2", "noisy-moons", recipe("noisy-moons", "mlp", "momentum", 0.02, depth=1, width=32, seed=2), ()),
        ("noisy-circles", "noisy-moons", recipe("circles", "mlp", "adam", 0.005, depth=2, width=16, seed=3, data_more={"noise": 0.2, "factor": 0.4}), ()),
        ("tiny-validation", "digits", recipe("digits", "mlp", "adam", 0.003, depth=2, data_more={"validation_fraction": 0.05, **few}, seed=1), ()),
        ("tiny-validation-wine", "wine", recipe("wine", "mlp", "adam", 0.005, depth=2, data_more={"validation_fraction": 0.05}, seed=2), ()),
        ("tiny-validation-iris", "iris", recipe("iris", "mlp", "adam", 0.01, depth=2, width=16, data_more={"validation_fraction": 0.1}, seed=3), ()),
        ("rare-but-easy", "moons", recipe("moons", "mlp", "adam", 0.01, depth=2, data_more={"noise": 0.05}, steps=400), ("imbalance",)),
        ("rare-but-easy-digits", "digits", recipe("digits", "mlp", "adam", 0.005, depth=2, seed=4), ("imbalance",)),
        ("rare-but-easy-wine", "wine", recipe("wine", "mlp", "adam", 0.01, depth=2, seed=5), ("imbalance",)),
        ("diabetes-0", "diabetes", recipe("diabetes", "mlp", "sgd", 0.01, depth=1, width=16), ()),
        ("diabetes-1", "diabetes", recipe("diabetes", "mlp", "adam", 0.001, depth=1, width=16, seed=1), ()),
        ("diabetes-2", "diabetes", recipe("diabetes", "mlp", "adamw", 0.003, decay=0.05, dropout=0.2, depth=2, width=32, seed=2, train_more={"patience": 15}), ()),
        ("wide-early-stop", "noisy-moons", recipe("noisy-moons", "mlp", "adam", 0.002, depth=2, width=512, batch=64, steps=300, seed=4, train_more={"patience": 10}), ()),
        ("wide-early-stop-digits", "digits", recipe("digits", "mlp", "adam", 0.001, depth=2, width=512, seed=5, train_more={"patience": 5}), ()),
        ("raw-digits", "digits", recipe("digits", "mlp", "adam", 0.003, depth=2, data_more={"standardise": False}, seed=6, steps=400), ()),
        ("raw-iris", "iris", recipe("iris", "mlp", "adam", 0.01, depth=2, width=32, data_more={"standardise": False}, seed=7, steps=400), ()),
        ("raw-moons", "moons", recipe("moons", "mlp", "adam", 0.01, depth=2, data_more={"standardise": False}, seed=8, steps=400), ()),
        ("unshuffled-mixed", "digits", recipe("digits", "mlp", "adam", 0.003, depth=2, train_more=order, seed=9), ()),
        ("unshuffled-mixed-wine", "wine", recipe("wine", "mlp", "adam", 0.005, depth=2, train_more=order, seed=1), ()),
        ("sorted-but-shuffled", "digits", recipe("digits", "mlp", "adam", 0.003, depth=2, seed=2), ("sorted_rows",)),
        ("friedman", "friedman", recipe("friedman", "mlp", "sgd", 0.05, depth=2, width=32, steps=400, seed=3), ()),
        ("spirals", "spirals", recipe("spirals", "mlp", "adam", 0.01, depth=3, width=48, activation="tanh", init=XAVIER, steps=500, seed=4), ()),
        ("spirals-slow", "spirals", recipe("spirals", "mlp", "adam", 0.003, depth=3, width=64, steps=600, seed=5), ()),
        ("three-spirals", "spirals", recipe("spirals", "mlp", "adam", 0.01, depth=3, width=48, data_more={"classes": 3}, steps=500, seed=6), ()),
        ("cnn-batch-norm", "digits", recipe("digits", "cnn", "adam", 0.005, steps=250, seed=1, head="flatten"), ()),
        ("cnn-batch-norm-sgd", "digits", recipe("digits", "cnn", "sgd", 0.1, steps=250, seed=2, head="flatten"), ()),
        ("cnn-small-batch", "digits", recipe("digits", "cnn", "adam", 0.003, batch=8, steps=400, seed=3, head="flatten"), ()),
        ("cnn-no-norm", "digits", recipe("digits", "cnn", "adam", 0.003, norm="none", head="flatten", steps=250, seed=4), ()),
        ("cnn-mnist1d", "mnist1d", recipe("mnist1d", "cnn", "adam", 0.004, head="flatten", seed=5), ()),
        ("cnn-mnist1d-deep", "mnist1d", recipe("mnist1d", "cnn", "adam", 0.004, blocks=4, pool_every=2, head="flatten", seed=6), ()),
        ("cnn-digits28", "digits28", recipe("digits28", "cnn", "adam", 0.005, channels=6, steps=100, head="flatten"), ()),
        ("residual-zero-init", "digits", recipe("digits", "residual_cnn", "adam", 0.005, stages=2, width=8, zero_init_residual=True, steps=150), ()),
        ("residual", "digits", recipe("digits", "residual_cnn", "momentum", 0.05, stages=2, width=8, steps=150, seed=1), ()),
        ("gru-vowels", "vowels", recipe("vowels", "gru", "adam", 0.005, steps=250), ()),
        ("lstm-vowels", "vowels", recipe("vowels", "lstm", "adam", 0.01, steps=250, seed=1), ()),
        ("rnn-vowels", "vowels", recipe("vowels", "rnn", "adam", 0.003, steps=250, seed=2), ()),
        ("gru-motions", "motions", recipe("motions", "gru", "adam", 0.01, steps=100, batch=16), ()),
        ("lstm-motions", "motions", recipe("motions", "lstm", "adam", 0.01, steps=100, batch=16, seed=1, pooling="mean"), ()),
        ("rnn-digits", "digits", recipe("digits", "rnn", "adam", 0.005, hidden=48, steps=300, seed=3), ()),
        ("gru-adding", "adding", recipe("adding", "gru", "adam", 0.01, steps=600, batch=64), ()),
        ("transformer-digits", "digits", recipe("digits", "transformer", "adam", 0.002, depth=2, width=32, norm="layer", steps=250), T),
        ("transformer-deep", "digits", recipe("digits", "transformer", "adam", 0.001, depth=6, width=32, norm="layer", steps=250, seed=1), T),
        ("transformer-warmup", "digits", recipe("digits", "transformer", "adamw", 0.004, depth=2, width=32, norm="layer", steps=250, seed=2, activation="gelu", schedule={"key": "warmup_cosine", "warmup": 0.2}), T),
        ("transformer-vowels", "vowels", recipe("vowels", "transformer", "adam", 0.003, depth=2, width=32, norm="layer", steps=250, seed=3), T),
        ("transformer-zero-head", "digits", recipe("digits", "transformer", "adam", 0.002, depth=2, width=32, norm="layer", steps=250, seed=4), (*T, "zero_head")),
        ("transformer-clip", "digits", recipe("digits", "transformer", "adam", 0.002, depth=2, width=32, norm="layer", steps=250, seed=5, clip=0.5), T),
        ("transformer-wine", "wine", recipe("wine", "transformer", "adam", 0.003, depth=2, width=16, norm="layer", steps=250, seed=6), T),
    ]  # fmt: skip


def cases() -> list[GalleryCase]:
    """All of them."""
    found = []
    for name, reference, document, inject in (*depth(), *pace(), *data()):
        key = document["model"]["key"]
        family = "transformer" if "transformer" in inject else {"mlp": "mlp"}.get(key, "cnn" if "cnn" in key else "rnn")
        found.append(
            GalleryCase(
                id=f"healthy/{name}", fault=HEALTHY, family=family, document=document, inject=inject,
                reach=REACH[reference],
            )
        )  # fmt: skip
    return found
