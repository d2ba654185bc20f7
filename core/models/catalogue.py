"""The architectures to choose from. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.base import ArchitectureSpec
from core.models.parts.catalogue import ACTIVATIONS
from core.registry import Catalogue, Param

_ACTIVATION = Param(
    "activation",
    "relu",
    "Activation",
    "The non-linear function after each layer.",
    choices=tuple(ACTIVATIONS),
)
_DROPOUT = Param(
    "dropout",
    0.0,
    "Dropout",
    "Share of the values set to zero in each training step (Srivastava et al. 2014).",
    minimum=0,
    below=1,
)
_EMBEDDING = Param(
    "embedding",
    32,
    "Embedding size",
    "How many numbers stand for one word; used for text only.",
    minimum=1,
    maximum=1024,
    unit="numbers",
    advanced=True,
)
_CONVOLUTION_NORMS = ("none", "batch", "group", "layer")


def _recurrent_params(*cell_params: Param) -> tuple[Param, ...]:
    return (
        Param("hidden", 32, "Hidden size", "Numbers in the hidden state.", minimum=1, maximum=1024, unit="units"),
        Param("layers", 1, "Layers", "Recurrent layers on top of each other.", minimum=1, maximum=8),
        *cell_params,
        Param("bidirectional", False, "Both directions", "Also read each series from its end to its start."),
        _DROPOUT,
        Param(
            "pooling",
            "last",
            "Summary of the series",
            "The state after the last step that is not padding, or the mean over all such steps.",
            choices=("last", "mean"),
        ),
        _EMBEDDING,
    )


ARCHITECTURES: Catalogue[ArchitectureSpec] = Catalogue(
    "architecture",
    (
        ArchitectureSpec(
            key="mlp",
            label="MLP",
            summary="Dense layers, one after the other: the place to start, and to see gradients vanish with depth.",
            article="Each hidden layer computes f(norm(W x + b)), then dropout; a last linear layer gives the outputs. "
            "Images and series are flattened, texts enter as the mean of their word embeddings. Skip connections "
            "add each hidden layer's input to its output, from the second on (He et al. 2016), which carries "
            "gradients through great depth. Rumelhart, Hinton and Williams 1986.",
            build="core.models.mlp:make_mlp",
            check="core.models.checks:check_mlp",
            size="core.models.sizes:size_mlp",
            kinds=("tabular", "image", "sequence", "text"),
            params=(
                Param(
                    "depth",
                    3,
                    "Hidden layers",
                    "Layers before the last linear one.",
                    minimum=1,
                    maximum=64,
                    unit="layers",
                ),
                Param(
                    "width",
                    64,
                    "Width",
                    "Units in each hidden layer.",
                    minimum=1,
                    maximum=4096,
                    unit="units",
                    log=True,
                ),
                _ACTIVATION,
                Param(
                    "norm",
                    "none",
                    "Norm",
                    "Normalisation before each activation.",
                    choices=("none", "batch", "layer"),
                ),
                _DROPOUT,
                Param("skip", False, "Skip connections", "Add each hidden layer's input to its output."),
                _EMBEDDING,
            ),
        ),
        ArchitectureSpec(
            key="cnn",
            label="CNN",
            summary="Convolutions with pooling: small filters that look for the same pattern everywhere.",
            article="Each block computes f(norm(conv(x))), then pooling halves the height and width and the channels "
            "double, up to 512. Series and texts are read along time in the same way (Kim 2014). The head averages "
            "each channel over all positions (Lin, Chen and Yan 2014) or flattens them. "
            "LeCun et al. 1998; Simonyan and Zisserman 2015.",
            build="core.models.cnn:make_cnn",
            check="core.models.checks:check_cnn",
            size="core.models.sizes:size_cnn",
            kinds=("image", "sequence", "text"),
            params=(
                Param(
                    "channels",
                    16,
                    "Channels",
                    "Filters in the first block.",
                    minimum=1,
                    maximum=512,
                    log=True,
                ),
                Param("blocks", 2, "Blocks", "Convolutions in a row.", minimum=1, maximum=32),
                Param(
                    "kernel",
                    3,
                    "Filter size",
                    "Side of a filter; an odd number.",
                    minimum=1,
                    maximum=11,
                    unit="pixels or steps",
                ),
                _ACTIVATION,
                Param("norm", "batch", "Norm", "Normalisation before each activation.", choices=_CONVOLUTION_NORMS),
                _DROPOUT,
                Param(
                    "pooling",
                    "max",
                    "Pooling",
                    "How a 2 x 2 square becomes one value.",
                    choices=("max", "average", "none"),
                ),
                Param(
                    "pool_every",
                    1,
                    "Pool after every",
                    "So many blocks between two halvings; raise it for deep networks on small images.",
                    minimum=1,
                    maximum=32,
                    unit="blocks",
                    advanced=True,
                ),
                Param(
                    "head",
                    "average",
                    "Head",
                    "What the last layer reads: the mean of each channel, or every position.",
                    choices=("average", "flatten"),
                    advanced=True,
                ),
                _EMBEDDING,
            ),
        ),
        ArchitectureSpec(
            key="residual_cnn",
            label="Residual CNN (ResNet)",
            summary="Convolutions with shortcuts, which let very deep networks train.",
            article="Each basic block computes f(x + norm(conv(f(norm(conv(x)))))); where the shape changes, a 1x1 "
            "convolution adapts x. Each stage after the first halves the image and doubles the channels. With the "
            "zero start the last norm of each block begins at 0, so the block begins as the identity "
            "(Goyal et al. 2017). He, Zhang, Ren and Sun 2016.",
            build="core.models.residual_cnn:make_residual_cnn",
            check="core.models.checks:check_residual_cnn",
            size="core.models.sizes:size_residual_cnn",
            kinds=("image",),
            params=(
                Param("stages", 3, "Stages", "Groups of blocks of one image size.", minimum=1, maximum=4),
                Param("blocks", 1, "Blocks per stage", "Two convolutions each.", minimum=1, maximum=16),
                Param("width", 16, "Width", "Channels of the first stage.", minimum=1, maximum=256, log=True),
                _ACTIVATION,
                Param(
                    "norm",
                    "batch",
                    "Norm",
                    "Normalisation after each convolution.",
                    choices=_CONVOLUTION_NORMS,
                ),
                Param(
                    "zero_init_residual",
                    False,
                    "Blocks start as identity",
                    "Start the last norm of each block at scale 0.",
                    advanced=True,
                ),
            ),
        ),
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
        ArchitectureSpec(
            key="transformer",
            label="Transformer encoder",
            summary="Self-attention over the steps of a series or text: every step looks at every other one.",
            article="Each block adds attention, softmax(Q K^T / sqrt(d)) V, and a feed-forward part to its input. With the "
            "norm after each part, as first published, deep stacks need warm-up, since gradients near the output are "
            "large at the start; with the norm before it they don't (Xiong et al. 2020). The mean over all steps that are "
            "no padding gives the outputs. Vaswani et al. 2017.",
            build="core.models.transformer:make_transformer",
            check="core.models.checks:check_transformer",
            size="core.models.sizes:size_transformer",
            kinds=("sequence", "text", "image"),
            params=(
                Param(
                    "width", 32, "Width", "Numbers that stand for one step.", minimum=2, maximum=1024, unit="numbers"
                ),
                Param("heads", 4, "Heads", "Attentions side by side; they share the width.", minimum=1, maximum=64),
                Param("blocks", 2, "Blocks", "Blocks on top of each other.", minimum=1, maximum=24),
                Param(
                    "expansion",
                    2,
                    "Expansion",
                    "How much wider the feed-forward part is.",
                    minimum=1,
                    maximum=8,
                    advanced=True,
                ),
                replace(_ACTIVATION, default="gelu"),
                _DROPOUT,
                Param(
                    "norm_place",
                    "before",
                    "Layer norm",
                    "Before each part (Pre-LN), or after its shortcut as first published (Post-LN).",
                    choices=("before", "after"),
                ),
            ),
        ),
    ),
)
