"""What one attempt to record a function tells the next.

Gives `Plan`, what is known so far; `Again`, raised where another attempt is to follow another plan; and
`Undecided`, where a number must be known first. Relies on `wholes`.
"""

from __future__ import annotations

from typing import NamedTuple

from autograd_lite.compiler.wholes import Unrolled

LIMIT = 32  # ways to branch that the samples of one vmapped function may take


class Plan(NamedTuple):
    """What earlier attempts to record a function have told.

    opened   which arrays and lists of the arguments hold samples only, and along which axes
    samples  for each call of a vmapped function, in order, the samples to record; else the first one
    numbers  of the totals, in order: of the first at least
    """

    opened: tuple[tuple[int, int], ...] = ()
    samples: dict[int, tuple[int, ...]] = {}  # noqa: RUF012  # never changed
    numbers: tuple[float, ...] = ()

    def with_sample(self, batch: int, sample: int) -> Plan:
        """Return this plan with one more sample to record, which branches in a new way."""
        samples = (*self.samples.get(batch, (0,)), sample)
        if len(samples) > LIMIT:
            raise Unrolled
        return self._replace(samples={**self.samples, batch: samples})


class Again(BaseException):
    """The function is to be recorded once more, by this plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


class Undecided(BaseException):
    """A decision hangs on a total, whose number is to be computed first."""
