"""The log files of a data dir, ``state/logs``: what a run says, also when nobody watches. Rotated by size and number."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler

from newsharvest.config import Log
from newsharvest.files import DataDir

NAME = "newsharvest.log"


@contextmanager
def logged(data: DataDir, log: Log) -> Iterator[None]:
    """Within the block everything from INFO on goes into the log file too; OSError where it cannot be opened."""
    folder = data.state / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    # One file is being written, the others are kept beside it.
    handler = RotatingFileHandler(folder / NAME, maxBytes=log.max_size, backupCount=log.files - 1, encoding="utf-8")
    handler.setLevel(logging.INFO)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
