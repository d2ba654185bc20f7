"""Networks over the steps of series, texts and image rows, beside the plain recurrent ones. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.base import ArchitectureSpec
from core.models.entries.shared import DROPOUT, EMBEDDING, UNLEARNED_ACTIVATION
from core.registry import Param

HIDDEN = Param("hidden", 32, "Hidden size", "Numbers in the hidden state.", minimum=1, maximum=1024, unit="units")
BOTH_WAYS = Param("bidirectional", False, "Both directions", "Also read each series from its end to its start.")
NORM = Param(
    "norm",
    "batch",
    "Norm",
    "Normalisation before each activation; the others would mix in padding.",
    choices=("none", "batch"),
)

ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="lstm_attention",
        label="LSTM with attention",
        summary="An LSTM that looks back at all its steps, and whose weights say where it looked.",
        article="Each state gets a score v . tanh(W h_t + b); a softmax over the steps that are no padding turns scores "
        "into shares, and the sum of share times state gives the outputs. So no step is further away than another, where "
        "the last state must carry all that came before, and the shares can be read. "
        "Bahdanau, Cho and Bengio 2015; Yang et al. 2016.",
        build="core.models.series.lstm_attention:make_lstm_attention",
        check="core.models.checks:check_text",
        size="core.models.series.formulas:size_lstm_attention",
        kinds=("sequence", "text", "image"),
        params=(
            HIDDEN,
            Param("layers", 1, "Layers", "Recurrent layers on top of each other.", minimum=1, maximum=8),
            replace(BOTH_WAYS, default=True),
            DROPOUT,
            Param(
                "attention",
                32,
                "Attention size",
                "Units of the layer that scores the steps.",
                minimum=1,
                maximum=512,
                unit="units",
                advanced=True,
            ),
            EMBEDDING,
        ),
    ),
    ArchitectureSpec(
        key="cnn_rnn",
        label="CNN + RNN",
        summary="Convolutions find short patterns, a recurrent layer follows their order.",
        article="Each block computes pool(f(norm(conv(x)))), which halves the number of steps, or the sides of an image; a "
        "GRU, LSTM or plain RNN reads what is left, the rows of an image from top to bottom, and its last state gives the "
        "outputs. With n blocks the recurrent layer has 2^n times fewer steps to carry a gradient through. "
        "Shi, Bai and Yao 2017.",
        build="core.models.series.cnn_rnn:make_cnn_rnn",
        check="core.models.series.formulas:check_cnn_rnn",
        size="core.models.series.formulas:size_cnn_rnn",
        kinds=("sequence", "text", "image"),
        params=(
            Param("channels", 16, "Channels", "Filters of each block.", minimum=1, maximum=512, log=True),
            Param("blocks", 1, "Blocks", "Convolutions in a row.", minimum=1, maximum=8),
            Param(
                "kernel",
                3,
                "Filter size",
                "Side of a filter; an odd number.",
                minimum=1,
                maximum=11,
                unit="pixels or steps",
            ),
            UNLEARNED_ACTIVATION,
            NORM,
            Param(
                "pooling",
                "max",
                "Pooling",
                "How two steps, or a 2 x 2 square, become one.",
                choices=("max", "average", "none"),
            ),
            Param("cell", "gru", "Cell", "The recurrent layer.", choices=("gru", "lstm", "rnn")),
            HIDDEN,
            BOTH_WAYS,
            DROPOUT,
            EMBEDDING,
        ),
    ),
    ArchitectureSpec(
        key="tcn",
        label="Temporal CNN (TCN)",
        summary="Causal convolutions whose reach doubles with every block: a long memory without recurrence.",
        article="Block number b takes steps 2^(b-1) apart, and each of its two convolutions sees this step and earlier "
        "ones only; a shortcut goes around both. The last step then sees 1 + 2 (k - 1) (2^blocks - 1) steps, and a "
        "gradient passes as many layers to the first step as to the last: where an RNN's path grows with the series, "
        "this one's grows with its logarithm. Bai, Kolter and Koltun 2018.",
        build="core.models.series.tcn:make_tcn",
        check="core.models.checks:check_text",
        size="core.models.series.formulas:size_tcn",
        kinds=("sequence", "text", "image"),
        params=(
            Param("channels", 24, "Channels", "Filters of each convolution.", minimum=1, maximum=512, log=True),
            Param("blocks", 4, "Blocks", "Two convolutions each; each block doubles the reach.", minimum=1, maximum=12),
            Param("kernel", 3, "Filter size", "Steps that a filter takes in.", minimum=2, maximum=11, unit="steps"),
            UNLEARNED_ACTIVATION,
            replace(NORM, default="none"),
            DROPOUT,
            Param(
                "pooling",
                "last",
                "Summary of the series",
                "The last step that is not padding, or the mean over all such steps.",
                choices=("last", "mean"),
            ),
            EMBEDDING,
        ),
    ),
)
