"""History: what a training told about itself, as two tables of plain numbers. Relies on `files`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from autograd_lite.nn.files import read_state, write_state, write_text

if TYPE_CHECKING:
    from autograd_lite.see.curve import LossCurve
    from autograd_lite.see.steps import Trace

Columns = dict[str, list[float]]


class History:
    """What a training told about itself, step by step and epoch by epoch.

    steps    columns by name: "loss", the metrics, "gradient_norm" of all parameters, "gradient_norm NAME"
             of each layer, before clipping, and "time", the seconds it took
    epochs   the same, means over the epoch's samples and the sum of the time, also "lr" and, where there is
             validation, "val_loss" and "val_" metrics
    stopped  why the training ended before the last epoch: "early" or "interrupted"; else empty
    traces   the trace of the loss at each step, if `fit` was asked for them: what `play(history)` plays

    In a notebook it is the picture of the loss.

    >>> history = History()
    >>> history.log_epoch({"loss": 0.5, "lr": 0.1})
    >>> history
    History of 1 epoch: loss 0.5
    """

    def __init__(self) -> None:
        self.steps: Columns = {}
        self.epochs: Columns = {}
        self.stopped = ""
        self.traces: list[Trace] = []

    def log_step(self, row: Mapping[str, float]) -> None:
        """Add a row to `steps`; raises ValueError unless its columns are those of the rows before."""
        _append(self.steps, row, "log_step")

    def log_epoch(self, row: Mapping[str, float]) -> None:
        """Add a row to `epochs`; raises ValueError unless its columns are those of the rows before."""
        _append(self.epochs, row, "log_epoch")

    def to_csv(self, path: str | Path, table: str = "epochs") -> None:
        """Write `epochs` or `steps` as a CSV file with a header; rows are numbered from 1.

        Raises ValueError for another table, and OSError if the file cannot be written.
        """
        if table not in ("epochs", "steps"):
            raise ValueError(f'History.to_csv: expected "epochs" or "steps" as the table, got {table!r}')
        columns: Columns = getattr(self, table)
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow([table.removesuffix("s"), *columns])
        writer.writerows([i, *row] for i, row in enumerate(zip(*columns.values(), strict=True), start=1))
        write_text(path, file.getvalue())

    def save(self, path: str | Path) -> None:
        """Write both tables as a JSON file, to resume a training later; raises OSError if it cannot."""
        write_state(path, "history", {"steps": self.steps, "epochs": self.epochs})

    @classmethod
    def load(cls, path: str | Path) -> History:
        """Return the history that `save` wrote; raises ValueError for any other file, OSError for none."""
        state, history = read_state(path, "history"), cls()
        history.steps, history.epochs = _columns(path, state, "steps"), _columns(path, state, "epochs")
        return history

    def loss_curve(self) -> LossCurve:
        """Return a picture of the loss by epoch, with that of the validation if there is one.

        Raises ValueError if there are no epochs yet.
        """
        from autograd_lite.see.curve import loss_curve

        losses, validation = self.epochs.get("loss", []), self.epochs.get("val_loss")
        return loss_curve(losses, validation=validation, axis="epoch", start=1)

    def gradient_curve(self) -> LossCurve:
        """Return a picture of the norm of the gradient by step, of each layer.

        Raises ValueError if there are no steps yet.
        """
        from autograd_lite.see.curve import loss_curve

        norms = {
            name.removeprefix("gradient_norm "): column
            for name, column in self.steps.items()
            if name.startswith("gradient_norm ")
        }
        return loss_curve(norms, title="norm of the gradient", start=1)

    def _repr_mimebundle_(self, *arguments: object, **options: object) -> dict[str, str]:
        """The loss as a picture, for notebooks."""
        shown = {"text/plain": repr(self)}
        if self.epochs.get("loss"):
            shown["text/html"] = self.loss_curve()._repr_mimebundle_()["text/html"]
        return shown

    def __repr__(self) -> str:
        losses = self.epochs.get("loss", [])
        told = " -> ".join(
            f"{loss:.4g}" for loss in (losses[:1] + losses[-1:] if len(losses) > 1 else losses)
        )
        count = f"{len(losses)} epoch{'' if len(losses) == 1 else 's'}"
        return f"History of {count}{f': loss {told}' if told else ''}"


def _append(columns: Columns, row: Mapping[str, float], where: str) -> None:
    if columns and columns.keys() != row.keys():
        raise ValueError(
            f"History.{where}: expected the columns {', '.join(columns)}, got {', '.join(row)}; "
            "a history is of one kind of training"
        )
    for name, number in row.items():
        columns.setdefault(name, []).append(number)


def _columns(path: str | Path, state: Mapping[str, object], table: str) -> Columns:
    columns = state.get(table)
    if not (
        isinstance(columns, dict)
        and all(isinstance(column, list) for column in columns.values())
        and len({len(column) for column in columns.values()}) <= 1
        and all(type(x) in (int, float) for column in columns.values() for x in column)
    ):
        raise ValueError(f"{path}: {table} is not a table of numbers")
    return columns
