"""The ways to clip gradients. No torch."""

from __future__ import annotations

from core.registry import Catalogue, Spec

CLIPPINGS: Catalogue[Spec] = Catalogue(
    "clipping",
    (
        Spec(
            key="none",
            label="None",
            summary="Gradients reach the optimizer as they are.",
            article="Enough wherever the loss has no cliffs. In recurrent and very deep networks it has: one step down "
            "such a wall can throw away what hundreds have learned. Bengio, Simard and Frasconi 1994.",
            build="core.optim.clipping:clip",
        ),
        Spec(
            key="norm",
            label="By norm",
            summary="All gradients are scaled by one factor, so that the step keeps its direction.",
            article="g := g min(1, limit / ||g||), where ||g|| is the norm of all gradients together. Look at the usual "
            "gradient norm first: a limit a little above it stops only the jumps, one far below turns every step into one "
            "of the same length. Pascanu, Mikolov and Bengio 2013.",
            build="core.optim.clipping:clip_by_norm",
        ),
        Spec(
            key="value",
            label="By value",
            summary="Every single number of the gradient is cut to the limit.",
            article="g_i := max(-limit, min(limit, g_i)). The simplest way, used before clipping by norm was; it turns "
            "the direction of the step, toward the corners of a cube. Mikolov 2012.",
            build="core.optim.clipping:clip_by_value",
        ),
        Spec(
            key="parameter",
            label="Each parameter by its norm",
            summary="Each weight matrix and each bias is scaled by itself: a wild layer slows no other.",
            article="g_p := g_p min(1, limit / ||g_p||) for each parameter tensor p. The direction of the whole step turns, "
            "but each layer keeps its own, and a limit that fits one large layer does not shrink the rest, as the joint "
            "norm does. Pascanu, Mikolov and Bengio 2013 name it as an alternative to the joint norm.",
            build="core.optim.clipping:clip_by_parameter",
        ),
        Spec(
            key="adaptive",
            label="Adaptive (AGC)",
            summary="Each unit's gradient is held to a share of the size of its weights.",
            article="For each unit, a row of a weight matrix or a filter: g_i := g_i min(1, limit max(||w_i||, 0.001) / "
            "||g_i||). The limit is a ratio: 0.01 is usual with momentum. It lets networks without batch norm train at "
            "large batches and rates. The paper leaves out the last layer; here it is clipped like all others. "
            "Brock, De, Smith and Simonyan 2021.",
            build="core.optim.clipping:clip_adaptively",
        ),
    ),
)
