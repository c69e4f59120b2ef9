"""The data dir's lock: one writing run at a time. Local file systems only: flock over NFS is not relied on."""

from __future__ import annotations

import fcntl
import os
import time
from typing import Self

from newsharvest.files import DataDir

_PAUSE = 0.1


class LockedError(RuntimeError):
    """Another run holds the data dir."""


class RunLock:
    """Held from ``with`` to its end; the kernel releases it when the holder dies, however it dies.

    ``wait``: seconds to wait for a run that holds it (infinity: as long as it takes); `LockedError` after that.
    ``reading``: only to see that nobody writes meanwhile; nothing is made or changed, and no lock is needed where no run
    ever was.

    >>> # with RunLock(data, wait=600): …
    """

    def __init__(self, data: DataDir, wait: float = 0, *, reading: bool = False) -> None:
        self.path = data.state / "run.lock"
        self.wait, self.reading = wait, reading
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        if self.reading and not self.path.exists():
            return self
        flags = os.O_RDONLY if self.reading else os.O_RDWR | os.O_CREAT
        descriptor = os.open(self.path, flags | os.O_CLOEXEC, 0o644)
        try:
            self._take(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def _take(self, descriptor: int) -> None:
        """The flock, then this process's number for whoever is refused."""
        deadline = time.monotonic() + self.wait
        while not _tried(descriptor):
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 100, 0).decode(errors="replace").strip() or "unknown"
                waited = f" after {self.wait:g} s of waiting" if self.wait else ""
                raise LockedError(f"another run holds {self.path} (process {holder}){waited}")
            time.sleep(_PAUSE)
        if self.reading:
            return
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _tried(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
