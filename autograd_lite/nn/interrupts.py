"""Ctrl-C between steps: a training that is interrupted leaves no step half done. Standard library alone."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interrupts:
    """A block in which a first Ctrl-C sets `asked`, for the block to end when it can; a second one raises.

    In another thread than the main one, where Ctrl-C does not arrive, and under a handler of the program's
    own, it does nothing.
    """

    def __enter__(self) -> Interrupts:
        self.asked = False
        self._ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._ours:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
