"""What is told in one line, without a traceback, wherever it comes up."""

from __future__ import annotations


class RefusedError(Exception):
    """Arguments or inputs that cannot be worked with; nothing was changed. Exit code 2."""
