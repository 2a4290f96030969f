"""What many numbers become one by, on arrays: as the rows of one sequence do it.

Gives `reduced`, and `weights`, the partials of what was reduced. Relies on `primitives` and NumPy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy

from autograd_lite.primitives import SEQUENCES, TABLE

SUMS = ("fsum", "mean")  # what machine code sums up as it goes


def reduced(kind: str, xs: Any) -> float:
    """Return what an array of numbers is reduced to, by "mean" or by a row of the table."""
    if kind == "mean":
        return TABLE["fsum"].value(xs.tolist()) / len(xs)
    if kind == "amax":
        return float(xs.max())
    if kind == "amin":
        return float(xs.min())
    if kind == "logsumexp":
        most = float(xs.max())
        if math.isfinite(most):
            powers = numpy.exp(xs - most)
            powers[xs.argmax()] = 0.0
            rest = math.log1p(powers.sum())
            if abs(most + rest) >= 0.35 * rest:  # where the two cancel the row keeps more digits
                return most + rest
    return TABLE[kind].value(xs.tolist())


def weights(kind: str, xs: Any) -> Any:
    """Return the partials of what an array was reduced to: by "prod", "amax" or "amin"."""
    if kind == "prod":
        before, after = numpy.ones(len(xs)), numpy.ones(len(xs))
        numpy.multiply.accumulate(xs[:-1], out=before[1:])
        numpy.multiply.accumulate(xs[:0:-1], out=after[-2::-1])
        products = before * after
        if not (abs(products) > 1e-290).all() or not (abs(products) < 1e290).all():
            return numpy.array(SEQUENCES["products_of_others"](xs.tolist()))
        return products
    extreme = xs.max() if kind == "amax" else xs.min()
    ties = xs == extreme
    return ties / ties.sum() if extreme == extreme else numpy.full(len(xs), math.nan)
