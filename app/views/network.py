"""The network of a recipe or a run: a drawing of its layers, and the table of what each costs and sees."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pandas as pd
import streamlit as st

from app.charts.network import draw_network
from app.inspector import inspector, later, open_after, part, settled
from core.data.base import Prepared
from core.models.network import LayerSummary, Network
from core.recipe.parts import Recipe
from core.runtime.inspector import network_question

HEIGHT = 460


def network_of(recipe: Recipe, data: Prepared) -> None:
    """Draw the network that `recipe` would train, as soon as it is built beside the page."""
    question = network_question(recipe.model, data)
    waits = inspector().known_network(question) is None and open_after(_ask(question))
    part(_network_of, question, waits=waits)


def _ask(question: dict[str, Any]) -> Future[Network]:
    return later("network", question, lambda: inspector().network(question))


def _network_of(question: dict[str, Any], waits: bool) -> None:
    with st.expander("The network", icon=":material/account_tree:"):
        found = inspector().known_network(question)
        if found is None:
            found = settled(_ask(question), waits, "Building it once, to see its layers")
            if found is None:
                return
        elif waits:
            st.rerun()
        network_view(found)


def network_view(network: Network) -> None:
    """Draw totals, the diagram and the table of layers."""
    st.caption(totals(network))
    diagram, table = st.tabs(["Diagram", "Layers"])
    drawing = draw_network(network, "dark" if st.context.theme.type == "dark" else "light")
    with diagram, st.container(height=HEIGHT if drawing.height > HEIGHT else "content", border=False):
        st.image(drawing.svg, width="content", alt=drawing.alt)
    with table:
        st.dataframe(layers_table(network), hide_index=True, placeholder="")
        st.caption(
            "FLOPs: floating-point operations of one sample's forward pass. Sees: how much of the input one position of "
            "the output depends on, borders and the statistics of norms left aside."
        )


def totals(network: Network) -> str:
    """What the whole network comes to, for one sample, in a line."""
    return (
        f"{network.parameters:,} parameters · {amount(network.flops)} FLOPs a sample · "
        f"{amount(network.activation_bytes)}B of activations a sample"
    )


def layers_table(network: Network) -> pd.DataFrame:
    """One row per layer, in the order in which they run."""
    layers = network.layers
    return pd.DataFrame(
        {
            "Layer": [layer.name for layer in layers],
            "Type": [" ".join(filter(None, (layer.type, layer.detail))) for layer in layers],
            "Output": [" × ".join(map(str, layer.output_shape)) for layer in layers],
            "Parameters": [layer.parameters for layer in layers],
            "FLOPs": [layer.flops for layer in layers],
            "Sees": [sees(layer, network.input_shape) for layer in layers],
        }
    )


def sees(layer: LayerSummary, shape: tuple[int, ...]) -> str:
    """The receptive field in words; `shape` is the sample's."""
    if layer.receptive_field is None:
        return "everything"
    return " × ".join(map(str, layer.receptive_field)) + (" pixels" if len(shape) == 3 else " steps")


def amount(number: float) -> str:
    """A number with k, M or G."""
    for factor, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= factor:
            return f"{number / factor:.3g} {sign}"
    return f"{number:g} "
