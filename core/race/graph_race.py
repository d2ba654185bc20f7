"""The ready-made race over a graph: what its edges add. No torch."""

from __future__ import annotations

from typing import Any

WHAT_EDGES_ADD: dict[str, Any] = {
    "key": "what-edges-add",
    "label": "What edges add",
    "summary": "A graph convolution, graph attention, GraphSAGE and an MLP without edges, on papers that cite each other.",
    "lesson": "All four see the same words and the same 100 labels. What the first three do better comes from the citations.",
    "source": "Kipf and Welling 2017; Veličković et al. 2018; Hamilton, Ying and Leskovec 2017.",
    "base": {
        "data": {"key": "citations"},
        "optim": {"key": "adam", "lr": 0.01, "weight_decay": 0.0005},
        "train": {"epochs": 60, "batch_size": 128},
    },
    "lanes": [
        {"name": "GCN", "changes": {"model.key": "gcn", "model.dropout": 0.5}},
        {"name": "GAT", "changes": {"model.key": "gat", "model.dropout": 0.5}},
        {"name": "GraphSAGE", "changes": {"model.key": "graph_sage", "model.dropout": 0.5}},
        {
            "name": "MLP, no edges",
            "changes": {"model.key": "mlp", "model.depth": 1, "model.width": 16, "model.dropout": 0.5},
        },
    ],
}
