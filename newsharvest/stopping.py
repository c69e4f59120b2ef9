"""Signals that end a command, as exit codes: 130 for SIGINT, 143 for SIGTERM and for SIGHUP, which means the same here."""

from __future__ import annotations

import signal
from types import FrameType

EXIT_OF_SIGNAL = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}


def exit_on_signals() -> None:
    """From now on these signals raise SystemExit with their code; a hang-up that is ignored (nohup) stays ignored.

    A crawl takes over with an orderly stop of its own; everything else may end anywhere, and the next run recovers.
    """
    for number in EXIT_OF_SIGNAL:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(EXIT_OF_SIGNAL[signal.Signals(number)])
