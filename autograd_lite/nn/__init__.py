"""Neurons, layers and multi-layer perceptrons on top of Values, and what trains them.

`modules` and `layers` have the models, `initialisers` how their weights begin, `losses` what they are trained
on, `optimisers` what moves their parameters, `data` the points to learn from, `training` the loop. Relies on
the package's Values.
"""

from autograd_lite.nn.clipping import clip_grad_norm, clip_grad_value
from autograd_lite.nn.initialisers import constant, glorot, he, lecun, normal, uniform
from autograd_lite.nn.layers import MLP, Activation, Dropout, Layer, Neuron, Sequential
from autograd_lite.nn.losses import (
    bce,
    bce_with_logits,
    cross_entropy,
    half_sse,
    hinge,
    huber,
    l1_penalty,
    l2_penalty,
    mae,
    max_margin,
    mse,
    nll,
    sse,
)
from autograd_lite.nn.modules import Module
from autograd_lite.nn.optimisers import LBFGS, SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
from autograd_lite.nn.schedules import (
    ReduceOnPlateau,
    Schedule,
    cosine,
    exponential,
    linear,
    step_decay,
    warmup,
)
from autograd_lite.nn.stepping import Optimizer

__all__ = [
    "LBFGS",
    "MLP",
    "SGD",
    "Activation",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Dropout",
    "Layer",
    "Module",
    "Neuron",
    "Optimizer",
    "RMSprop",
    "ReduceOnPlateau",
    "Schedule",
    "Sequential",
    "bce",
    "bce_with_logits",
    "clip_grad_norm",
    "clip_grad_value",
    "constant",
    "cosine",
    "cross_entropy",
    "exponential",
    "glorot",
    "half_sse",
    "he",
    "hinge",
    "huber",
    "l1_penalty",
    "l2_penalty",
    "lecun",
    "linear",
    "mae",
    "max_margin",
    "mse",
    "nll",
    "normal",
    "sse",
    "step_decay",
    "uniform",
    "warmup",
]
