"""What a trainer needs, loaded before processes are forked for it. No backward pass: autograd forbids a fork after one."""

import sklearn.datasets  # noqa: F401
import torch

import core.race.trainer.session
import core.train.process
import core.train.session  # noqa: F401
import tests.warm  # noqa: F401

torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # which loads the compiler
