"""Recipes that work: key, label, what to look at, why it works, the recipe."""

from __future__ import annotations

from typing import Any

Entry = tuple[str, str, str, str, dict[str, Any]]

GOOD: tuple[Entry, ...] = (
    (
        "digits-mlp",
        "Digits with a small MLP",
        "Handwritten digits of 8 x 8 pixels: 98 in 100 right after a few seconds.",
        "Standardised inputs, He's initial weights and Adam near its usual rate: every layer learns from the first step on.",
        {
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 3, "width": 96, "dropout": 0.1},
            "init": {"key": "he_normal"},
            "optim": {"key": "adam", "lr": 0.002},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 90, "batch_size": 32},
        },
    ),
    (
        "digits28-cnn",
        "MNIST digits with a CNN",
        "28 x 28 digits: filters find strokes wherever they are, and beat an MLP of the same size.",
        "Batch norm keeps every layer in range, so that a high learning rate with warm-up is safe.",
        {
            "data": {"key": "digits28"},
            "model": {"key": "cnn", "channels": 12, "blocks": 2, "head": "flatten"},
            "optim": {"key": "adam", "lr": 0.005},
            "schedule": {"key": "warmup_cosine"},
            "train": {"epochs": 5, "batch_size": 64},
        },
    ),
    (
        "animals28-resnet",
        "Animals with a residual network",
        "Ten kinds of animal drawn in 28 x 28 pixels: look how even the gradient is over depth.",
        "Shortcuts carry the gradient past every block, so the first layer learns as fast as the last.",
        {
            "data": {"key": "animals28"},
            "model": {"key": "residual_cnn", "stages": 3, "blocks": 1, "width": 8},
            "optim": {"key": "adamw", "lr": 0.004, "weight_decay": 0.01},
            "schedule": {"key": "one_cycle"},
            "train": {"epochs": 6, "batch_size": 64},
        },
    ),
    (
        "mnist1d-cnn",
        "Signals with a 1-D CNN",
        "MNIST-1D: digits drawn as signals, shifted and noisy. 98 in 100 right, where an MLP of this size stays far behind.",
        "A convolution looks for the same shape at every place of the signal; an MLP must learn each place anew.",
        {
            "data": {"key": "mnist1d"},
            "model": {"key": "cnn", "channels": 24, "blocks": 3, "kernel": 5, "head": "flatten", "dropout": 0.1},
            "optim": {"key": "adamw", "lr": 0.004, "weight_decay": 0.05},
            "schedule": {"key": "one_cycle"},
            "train": {"epochs": 20, "batch_size": 64},
        },
    ),
    (
        "vowels-gru",
        "Speakers with a GRU",
        "Nine speakers say the same vowels: series of different lengths, told apart by a recurrent network.",
        "The gates of a GRU keep gradients alive over the series; clipping guards the first steps.",
        {
            "data": {"key": "japanese_vowels"},
            "model": {"key": "gru", "hidden": 48},
            "optim": {"key": "adam", "lr": 0.005},
            "schedule": {"key": "cosine"},
            "clip": {"mode": "norm", "limit": 1.0},
            "train": {"epochs": 25, "batch_size": 32},
        },
    ),
    (
        "spirals-mlp",
        "Two spirals with an MLP",
        "Two arms wound around each other: the loss stands still first, then drops as the network finds the bend.",
        "Three tanh layers can fold the plane; a linear model never could.",
        {
            "data": {"key": "spirals"},
            "model": {"key": "mlp", "depth": 3, "width": 48, "activation": "tanh"},
            "init": {"key": "xavier_normal"},
            "optim": {"key": "adam", "lr": 0.01},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 80, "batch_size": 64},
        },
    ),
    (
        "diabetes-mlp",
        "Diabetes progression, a regression",
        "A number to predict from ten measurements: R² near 0.5 is as good as this table allows.",
        "With 350 rows the network must be small and stop early, or it learns the noise.",
        {
            "data": {"key": "diabetes"},
            "model": {"key": "mlp", "depth": 2, "width": 32, "dropout": 0.2},
            "optim": {"key": "adamw", "lr": 0.003, "weight_decay": 0.05},
            "train": {"epochs": 200, "batch_size": 32, "patience": 25},
        },
    ),
    (
        "credit-mlp",
        "Credit default, three in a hundred",
        "Always saying no scores 97 % here: look at F1, not at accuracy.",
        "Rare classes make accuracy blind. The F1 score counts what is found among the three per cent.",
        {
            "data": {"key": "credit_default"},
            "model": {"key": "mlp", "depth": 2, "width": 32},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 15, "batch_size": 128},
        },
    ),
    (
        "credit-balanced",
        "Credit default, balanced batches",
        "Every batch holds as many defaulters as others: look at balanced accuracy and at the recall of the rare class.",
        "It finds nine defaulters in ten where the same network untouched finds three, and pays with alarms of which one in six is "
        "right. On the Errors page hold it against the untouched run: the ROC AUC is the same.",
        {
            "data": {"key": "credit_default"},
            "balance": {"key": "balanced_batches"},
            "model": {"key": "mlp", "depth": 2, "width": 32},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 15, "batch_size": 128},
        },
    ),
    (
        "credit-bag",
        "Credit default, one of a balanced ensemble",
        "All defaulters and as many others, drawn for this member: start it again as members 2 and 3, then average them on Compare.",
        "Undersampling leaves most rows unseen; members with draws of their own see more of them together. On this table the gain is "
        "small: over five seeds ten members raise the average precision from 0.50 to 0.52.",
        {
            "data": {"key": "credit_default"},
            "balance": {"key": "balanced_bag", "member": 1},
            "model": {"key": "mlp", "depth": 2, "width": 32},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"steps": 945, "batch_size": 128},
        },
    ),
    (
        "credit-weighted",
        "Credit default, errors on the few cost more",
        "Recall of the defaulters rises from about 0.2 to 0.9; most alarms are then false.",
        "Over three seeds on 4,000 rows cross-entropy found 22 % of those who default, weighted cross-entropy 89 %; of those it "
        "named, 57 % and 19 % did default. Look at the Errors page. Effective weights lie between: 73 % and 28 %.",
        {
            "data": {"key": "credit_default", "limit": 4000},
            "model": {"key": "mlp", "depth": 1, "width": 16},
            "loss": {"key": "weighted_cross_entropy"},
            "optim": {"key": "adam", "lr": 0.005},
            "train": {"epochs": 10, "batch_size": 128},
        },
    ),
    (
        "adding-lstm",
        "Long memory with an LSTM",
        "Add two marked numbers 30 steps apart: a long plateau, then the loss falls off a cliff.",
        "The memory cell carries the gradient back through time, where a plain RNN's fades.",
        {
            "data": {"key": "adding_problem"},
            "model": {"key": "lstm", "hidden": 48},
            "optim": {"key": "adam", "lr": 0.01},
            "clip": {"mode": "norm", "limit": 1.0},
            "train": {"epochs": 30, "batch_size": 64},
        },
    ),
    (
        "karate-gcn",
        "Karate club with a graph network",
        "34 friends, 2 labels: who follows which leader when the club splits? About 31 of the other 32 are told right.",
        "Two rounds of averaging carry the two labels along the friendships. A dense network sees no edges and can only guess.",
        {
            "data": {"key": "karate"},
            "model": {"key": "gcn"},
            "optim": {"key": "adam", "lr": 0.01},
            "train": {"epochs": 100, "batch_size": 2},
        },
    ),
    (
        "citations-gcn",
        "Papers with a graph network",
        "1,000 papers, 100 of them labelled: 87 in 100 of the others are right, where an MLP on the words alone gets 41.",
        "A paper's own dozen words say little. A graph convolution adds the words of those it cites, and of those that they cite.",
        {
            "data": {"key": "citations"},
            "model": {"key": "gcn", "dropout": 0.5},
            "optim": {"key": "adam", "lr": 0.01, "weight_decay": 0.0005},
            "train": {"epochs": 100, "batch_size": 128},
        },
    ),
    (
        "digits-autoencoder",
        "Digits through a code of eight numbers",
        "64 pixels squeezed into eight numbers and rebuilt: look on the Errors page at what gets lost.",
        "The code keeps what digits have in common. A bent code keeps more than principal components, the best straight one "
        "of the same size.",
        {
            "data": {"key": "digits", "predict": "input"},
            "model": {"key": "autoencoder", "code": 8, "width": 128, "activation": "elu"},
            "optim": {"key": "adam", "lr": 0.004},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 40, "batch_size": 64},
        },
    ),
    (
        "digits28-conv-autoencoder",
        "Larger digits through eight numbers, by convolutions",
        "784 pixels squeezed into eight numbers and painted again: R2 .60 over three seeds, where dense layers (the "
        "autoencoder of width 128, same code and passes) reach .53 and principal components .44.",
        "Filters are shared by all positions, so 21,000 weights do better than 219,000. On the Errors page, look at which "
        "strokes eight numbers do not hold.",
        {
            "data": {"key": "digits28", "predict": "input", "limit": 2000},
            "model": {"key": "conv_autoencoder", "code": 8, "channels": 8, "stages": 3, "activation": "elu"},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 12, "batch_size": 64},
        },
    ),
    (
        "bleeding-autoencoder",
        "Find the disturbance in a pressure curve",
        "Trained on the calm part only; on the Errors page the windows with the disturbance have the largest errors.",
        "Whatever is rebuilt badly is unlike what it learned from. No anomaly was needed to train, only to see how well it does.",
        {
            "data": {"key": "bleeding"},
            "model": {"key": "autoencoder", "code": 4, "width": 32},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 60, "batch_size": 32},
        },
    ),
    (
        "digits-capsule",
        "Digits with capsules",
        "A capsule network with routing reads the 8 x 8 digits: 98.6 in 100 right after ten passes, as a CNN does with a "
        "twelfth of its weights.",
        "A capsule is as long as its class is present, and its logit log |s|^2 says so to the usual cross-entropy. Set the "
        "rounds of routing to 1, and all votes weigh alike.",
        {
            "data": {"key": "digits"},
            "model": {"key": "capsule"},
            "optim": {"key": "adam", "lr": 0.003},
            "schedule": {"key": "cosine"},
            "train": {"epochs": 10, "batch_size": 32},
        },
    ),
)
