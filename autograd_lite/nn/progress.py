"""A line of progress: tqdm's bar on a terminal where it is installed, else a plain line.

Relies on the standard library, and on tqdm where there is one.
"""

from __future__ import annotations

import math
import sys
from importlib.util import find_spec
from typing import TextIO

Wanted = bool | TextIO | None


class Progress:
    """Shows how far a training is, on a stream.

    wanted  None for standard error if that is a terminal, True for standard error whatever it is, False for
            nothing, or a stream. A line is rewritten in place on a terminal, and printed at most ten
            times elsewhere
    """

    def __init__(self, wanted: Wanted, done: int, epochs: int) -> None:
        stream = sys.stderr if wanted is None or isinstance(wanted, bool) else wanted
        terminal = stream is not None and stream.isatty()
        silent = stream is None or wanted is False or (wanted is None and not terminal)
        self._stream = None if silent else stream
        self._terminal = terminal
        self._epochs = epochs
        self._bar = None
        if terminal and not silent and find_spec("tqdm"):
            from tqdm import tqdm

            self._bar = tqdm(total=epochs, initial=done, file=stream, unit="epoch")

    def show(self, epoch: int, numbers: str) -> None:
        """Show that an epoch is done, with some numbers about it."""
        if self._bar is not None:
            self._bar.set_postfix_str(numbers, refresh=False)
            self._bar.update()
        elif self._stream is not None:
            line = f"epoch {epoch:{len(str(self._epochs))}}/{self._epochs}  {numbers}"
            if self._terminal:
                bar = "#" * (20 * epoch // self._epochs)
                self._stream.write(f"\r{line}  [{bar:<20}]")
            elif epoch == self._epochs or epoch % math.ceil(self._epochs / 10) == 0:
                self._stream.write(line + "\n")
            self._stream.flush()

    def close(self) -> None:
        """End the line."""
        if self._bar is not None:
            self._bar.close()
        elif self._stream is not None and self._terminal:
            self._stream.write("\n")
