"""Neurons, layers and multi-layer perceptrons on top of Values, and what trains them.

`modules` and `layers` have the models, `initialisers` how their weights begin, `losses` what they are trained
on, `optimisers` what moves their parameters, `data` the points to learn from, `training` the loop. Relies on
the package's Values.
"""

from autograd_lite.nn.initialisers import constant, glorot, he, lecun, normal, uniform
from autograd_lite.nn.layers import MLP, Activation, Dropout, Layer, Neuron, Sequential
from autograd_lite.nn.losses import cross_entropy, max_margin
from autograd_lite.nn.modules import Module
from autograd_lite.nn.optimisers import SGD

__all__ = [
    "MLP",
    "SGD",
    "Activation",
    "Dropout",
    "Layer",
    "Module",
    "Neuron",
    "Sequential",
    "constant",
    "cross_entropy",
    "glorot",
    "he",
    "lecun",
    "max_margin",
    "normal",
    "uniform",
]
