"""Recurrent networks. No torch."""

from __future__ import annotations

from core.models.base import ArchitectureSpec
from core.models.entries.shared import DROPOUT, EMBEDDING
from core.registry import Param


def _recurrent_params(*cell_params: Param) -> tuple[Param, ...]:
    return (
        Param("hidden", 32, "Hidden size", "Numbers in the hidden state.", minimum=1, maximum=1024, unit="units"),
        Param("layers", 1, "Layers", "Recurrent layers on top of each other.", minimum=1, maximum=8),
        *cell_params,
        Param("bidirectional", False, "Both directions", "Also read each series from its end to its start."),
        DROPOUT,
        Param(
            "pooling",
            "last",
            "Summary of the series",
            "The state after the last step that is not padding, or the mean over all such steps.",
            choices=("last", "mean"),
        ),
        EMBEDDING,
    )


ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="rnn",
        label="Plain RNN",
        summary="The simplest recurrent network: shows how gradients vanish or explode over time.",
        article="h_t = f(W x_t + U h_(t-1) + b), the same weights at every step. The gradient to an early step is "
        "multiplied by U once per step, so it fades or blows up with the length of the series "
        "(Bengio, Simard and Frasconi 1994). Images are read row by row. Elman 1990.",
        build="core.models.recurrent:make_rnn",
        check="core.models.checks:check_recurrent",
        size="core.models.sizes:size_rnn",
        kinds=("sequence", "text", "image"),
        params=_recurrent_params(
            Param("activation", "tanh", "Activation", "The function f of each step.", choices=("tanh", "relu"))
        ),
    ),
    ArchitectureSpec(
        key="lstm",
        label="LSTM",
        summary="A recurrent network with gates and a memory cell that carries gradients far back.",
        article="The cell c_t = forget * c_(t-1) + input * tanh(W x_t + U h_(t-1) + b) is changed by adding, so "
        "its gradient passes many steps where a plain RNN's would vanish; h_t = output * tanh(c_t). The gates are "
        "sigmoids of x_t and h_(t-1). Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000.",
        build="core.models.recurrent:make_lstm",
        check="core.models.checks:check_recurrent",
        size="core.models.sizes:size_lstm",
        kinds=("sequence", "text", "image"),
        params=_recurrent_params(),
    ),
    ArchitectureSpec(
        key="gru",
        label="GRU",
        summary="A lighter relative of the LSTM: two gates and no separate memory.",
        article="h_t = update * h_(t-1) + (1 - update) * n_t, where n_t = tanh(W x_t + reset * (U h_(t-1))) "
        "and the gates are sigmoids of x_t and h_(t-1). It has three quarters of an LSTM's weights. "
        "Cho et al. 2014.",
        build="core.models.recurrent:make_gru",
        check="core.models.checks:check_recurrent",
        size="core.models.sizes:size_gru",
        kinds=("sequence", "text", "image"),
        params=_recurrent_params(),
    ),
)
