"""Networks that rebuild their input. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.base import ArchitectureSpec
from core.models.entries.shared import UNLEARNED_ACTIVATION
from core.registry import Param

CODE = Param("code", 4, "Code", "Numbers that the input is squeezed into.", minimum=1, maximum=1024, unit="numbers")
NOISE = Param(
    "noise",
    0.0,
    "Input noise",
    "Standard deviation of the noise put on the input in training; inputs have 1 where they are standardised.",
    minimum=0.0,
    maximum=10.0,
)

ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="autoencoder",
        label="Autoencoder",
        summary="Squeezes its input through a few numbers and rebuilds it: what does not fit the usual is rebuilt badly.",
        article="code = encoder(x), output = decoder(code), and the loss is the distance of the output from x itself. A code "
        "narrower than the input keeps only what inputs have in common, so a row unlike the others stands out by its error "
        "(Hinton and Salakhutdinov 2006). With noise the network gets a disturbed input and has to put out the clean one. "
        "Vincent, Larochelle, Bengio and Manzagol 2008.",
        build="core.models.autoencoder:make_autoencoder",
        check="core.models.checks:check_autoencoder",
        size="core.models.sizes:size_autoencoder",
        kinds=("tabular", "image", "sequence"),
        tasks=("reconstruction",),
        params=(
            CODE,
            Param(
                "width",
                64,
                "Width",
                "Units of the first layer; each further one has half as many.",
                minimum=1,
                maximum=4096,
                unit="units",
                log=True,
            ),
            Param("depth", 2, "Layers a side", "Layers before the code, and after it.", minimum=1, maximum=12),
            UNLEARNED_ACTIVATION,
            NOISE,
        ),
    ),
    ArchitectureSpec(
        key="conv_autoencoder",
        label="Convolutional autoencoder",
        summary="Squeezes an image through a few numbers by convolutions, and paints it again from there.",
        article="code = W f(conv(f(conv(x)))), each convolution of stride 2, so that every stage halves the image and doubles its "
        "channels; the decoder unfolds the code to that small image, repeats each pixel and convolves, stage by stage. "
        "Filters are shared by all positions, so that far fewer weights than in dense layers learn what edges are like anywhere "
        "(Masci et al. 2011). Transposed convolutions would do in place of repeating, but their windows overlap unevenly "
        "and leave a checkerboard. Odena, Dumoulin and Olah 2016.",
        build="core.models.autoencoder:make_conv_autoencoder",
        check="core.models.checks:check_conv_autoencoder",
        size="core.models.sizes:size_conv_autoencoder",
        kinds=("image",),
        tasks=("reconstruction",),
        params=(
            replace(CODE, default=16),
            Param("channels", 16, "Channels", "Filters in the first stage.", minimum=1, maximum=512, log=True),
            Param(
                "stages",
                2,
                "Stages a side",
                "Halvings of the image before the code, and doublings after it.",
                minimum=1,
                maximum=5,
            ),
            UNLEARNED_ACTIVATION,
            NOISE,
        ),
    ),
)
