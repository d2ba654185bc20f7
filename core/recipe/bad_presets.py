"""Recipes that fail, each for one reason: key, label, what to look at, why it fails, the recipe."""

from __future__ import annotations

from core.recipe.good_presets import Entry

BAD: tuple[Entry, ...] = (
    (
        "lr-too-high",
        "Learning rate far too high",
        "The loss jumps up by many powers of ten within a few steps, and never gets below plain guessing again.",
        "Each step overshoots the valley and lands higher on the other side, so the steps grow. Divide the rate by 100.",
        {
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 3, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "momentum", "lr": 5.0},
            "train": {"epochs": 10},
        },
    ),
    (
        "lr-too-low",
        "Learning rate far too low",
        "The loss is a nearly flat line; the update ratio lies far under the 1e-3 guide.",
        "Each step changes the weights by a millionth of their size: it would get there, in years.",
        {
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "optim": {"key": "sgd", "lr": 1e-5},
            "train": {"epochs": 20},
        },
    ),
    (
        "vanishing-sigmoid",
        "Twenty sigmoid layers",
        "Gradient flow over depth: the first layers get next to nothing, and the loss stays at ln 10 = 2.30.",
        "A sigmoid passes at most a quarter of the gradient and the tiny weights shrink it further, layer by layer. "
        "Use ReLU with He's initial weights, or skip connections.",
        {
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 20, "width": 32, "activation": "sigmoid"},
            "init": {"key": "normal", "std": 0.01},
            "optim": {"key": "sgd", "lr": 0.1},
            "train": {"epochs": 10},
        },
    ),
    (
        "exploding-init",
        "Initial weights far too large",
        "The first loss is astronomical, gradients grow with depth, and NaN follows.",
        "Each layer multiplies the signal about sixfold, and the gradient on its way back too. Use He's initial weights.",
        {
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 12, "width": 128},
            "init": {"key": "normal", "std": 0.5},
            "optim": {"key": "sgd", "lr": 0.01},
            "train": {"epochs": 10},
        },
    ),
    (
        "zero-init",
        "All weights start at zero",
        "Every gradient but the last bias's is exactly zero, and the loss stays at ln 10 = 2.30.",
        "All units are the same, so all get the same gradient: none. Random weights break the symmetry.",
        {
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "init": {"key": "zeros"},
            "optim": {"key": "sgd", "lr": 0.1},
            "train": {"epochs": 10},
        },
    ),
    (
        "raw-features",
        "Features that were not standardised",
        "The first steps throw the loss far up; afterwards the model says the same class for everybody.",
        "One column runs into the thousands, another stays under one: no learning rate suits both. Switch Standardise on.",
        {
            "data": {"key": "breast_cancer", "standardise": False},
            "model": {"key": "mlp", "depth": 2, "width": 32},
            "optim": {"key": "sgd", "lr": 0.05},
            "train": {"epochs": 30, "batch_size": 32},
        },
    ),
    (
        "overfit",
        "A large network on few rows",
        "Training loss goes to zero while the validation loss turns around and climbs.",
        "Half a million weights learn 80 noisy points by heart. More data, early stopping, dropout or weight decay help.",
        {
            "data": {"key": "moons", "samples": 160, "noise": 0.4, "validation_fraction": 0.5},
            "model": {"key": "mlp", "depth": 3, "width": 512},
            "init": {"key": "he_normal"},
            "optim": {"key": "adam", "lr": 0.003},
            "train": {"epochs": 150, "batch_size": 20},
        },
    ),
    (
        "dying-relu",
        "Dying ReLU",
        "Activation health: the share of units that are zero for every sample climbs and stays.",
        "One huge step pushes the biases so low that ReLU is off for every sample; no gradient ever brings it back. "
        "Lower the rate, or use leaky ReLU.",
        {
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 4, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "adam", "lr": 0.2},
            "train": {"epochs": 12},
        },
    ),
    (
        "rnn-forgets",
        "A plain RNN with a long memory to keep",
        "The loss stays at the variance of the target: the network never gets past guessing the mean.",
        "The gradient to early steps is multiplied by the same matrix 30 times and fades. Use an LSTM or GRU.",
        {
            "data": {"key": "adding_problem"},
            "model": {"key": "rnn", "hidden": 48},
            "optim": {"key": "sgd", "lr": 0.05},
            "train": {"epochs": 10, "batch_size": 64},
        },
    ),
    (
        "clip-strangles",
        "Clipping that strangles",
        "The gradient norm stays high while the update ratio is tiny: the loss creeps.",
        "Every gradient is cut to a norm of 0.001 before plain SGD uses it, so each step is a thousandth of what it "
        "should be. Raise the limit above the usual gradient norm.",
        {
            "data": {"key": "digits"},
            "model": {"key": "mlp", "depth": 2, "width": 64},
            "init": {"key": "he_normal"},
            "optim": {"key": "sgd", "lr": 0.1},
            "clip": {"mode": "norm", "limit": 0.001},
            "train": {"epochs": 20},
        },
    ),
    (
        "gcn-over-smoothed",
        "Sixteen graph convolutions",
        "Two layers get 87 in 100 papers right; sixteen get 20 to 45, and can't even fit their 100 training rows.",
        "Every layer averages a node with its neighbours, so after sixteen all nodes are alike and can't be told apart. "
        "Take two or three layers. A plain MLP of this depth fits its training rows with ease.",
        {
            "data": {"key": "citations"},
            "model": {"key": "gcn", "layers": 16},
            "init": {"key": "he_normal"},
            "optim": {"key": "adam", "lr": 0.01},
            "train": {"epochs": 100, "batch_size": 128},
        },
    ),
)
