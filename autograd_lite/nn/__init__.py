"""Neurons, layers and multi-layer perceptrons on top of Values, and what trains them.

`modules` has the models, `losses` what they are trained on, `optimisers` what moves their parameters,
`data` the tables and points to learn from, `training` the loop. Relies on the package's Values.
"""

from autograd_lite.nn.losses import cross_entropy, max_margin
from autograd_lite.nn.modules import MLP, Layer, Module, Neuron
from autograd_lite.nn.optimisers import SGD

__all__ = ["MLP", "SGD", "Layer", "Module", "Neuron", "cross_entropy", "max_margin"]
