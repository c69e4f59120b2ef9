"""What a crawl does about memory: large blocks go back to the system, and what stays is not searched for garbage."""

from __future__ import annotations

import ctypes
import gc

_M_MMAP_THRESHOLD = -3  # malloc.h
LARGE_BLOCK = 1 << 20


def give_back_large_blocks() -> bool:
    """From now on blocks of a megabyte and more are mapped one by one; false where the C library is not glibc.

    glibc raises its threshold up to 32 MB with the first large block that is freed, and keeps the later ones: 16 answers of
    9 MB at once left 49 MB more behind (measured: 404 against 355 MB for 40 such pages).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK) == 1


def leave_imports_alone() -> None:
    """What stands now stays: the garbage collector passes over it. 137,000 objects of imports took 85 ms each time."""
    gc.freeze()
