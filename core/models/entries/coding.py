"""Networks that rebuild their input. No torch."""

from __future__ import annotations

from core.models.base import ArchitectureSpec
from core.models.entries.shared import UNLEARNED_ACTIVATION
from core.registry import Param

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
            Param(
                "code", 4, "Code", "Numbers that the input is squeezed into.", minimum=1, maximum=1024, unit="numbers"
            ),
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
            Param(
                "noise",
                0.0,
                "Input noise",
                "Standard deviation of the noise put on the input in training; inputs have 1 where they are standardised.",
                minimum=0.0,
                maximum=10.0,
            ),
        ),
    ),
)
