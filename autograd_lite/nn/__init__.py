"""Neurons, layers and networks on top of Values, and all that trains them.

Models are in `modules` and `layers`, how their weights begin in `initialisers`; what they are trained on in
`losses` and `data`, what moves their parameters in `optimisers`, `schedules` and `clipping`, and the loop in
`training`. Relies on the package's Values.
"""

from autograd_lite.nn import by_hand, data
from autograd_lite.nn.callbacks import CSVLog, EarlyStopping
from autograd_lite.nn.clipping import clip_grad_norm, clip_grad_value
from autograd_lite.nn.evaluation import check_model, evaluate, predict
from autograd_lite.nn.history import History
from autograd_lite.nn.initialisers import constant, glorot, he, kaiming, lecun, normal, uniform, xavier
from autograd_lite.nn.layers import MLP, Activation, Dropout, Layer, Neuron, Sequential
from autograd_lite.nn.losses import (
    LOSSES,
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
from autograd_lite.nn.metrics import accuracy, binary_accuracy
from autograd_lite.nn.modules import Module
from autograd_lite.nn.optimisers import LBFGS, OPTIMISERS, SGD, Adadelta, Adagrad, Adam, AdamW, RMSprop
from autograd_lite.nn.schedules import (
    ReduceOnPlateau,
    Schedule,
    cosine,
    exponential,
    linear_ramp,
    step_decay,
    warmup,
)
from autograd_lite.nn.stepping import Optimizer
from autograd_lite.nn.training import NonFiniteError, fit

__all__ = [
    "LBFGS",
    "LOSSES",
    "MLP",
    "OPTIMISERS",
    "SGD",
    "Activation",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "CSVLog",
    "Dropout",
    "EarlyStopping",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "NonFiniteError",
    "Optimizer",
    "RMSprop",
    "ReduceOnPlateau",
    "Schedule",
    "Sequential",
    "accuracy",
    "bce",
    "bce_with_logits",
    "binary_accuracy",
    "by_hand",
    "check_model",
    "clip_grad_norm",
    "clip_grad_value",
    "constant",
    "cosine",
    "cross_entropy",
    "data",
    "evaluate",
    "exponential",
    "fit",
    "glorot",
    "half_sse",
    "he",
    "hinge",
    "huber",
    "kaiming",
    "l1_penalty",
    "l2_penalty",
    "lecun",
    "linear_ramp",
    "mae",
    "max_margin",
    "mse",
    "nll",
    "normal",
    "predict",
    "sse",
    "step_decay",
    "uniform",
    "warmup",
    "xavier",
]
