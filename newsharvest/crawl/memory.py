"""Memory that large answers took goes back to the system when they are done with."""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3  # malloc.h
LARGE_BLOCK = 1 << 20


def give_back_large_blocks() -> bool:
    """From now on blocks of a megabyte and more are mapped one by one; false where the C library is not glibc.

    glibc raises its threshold up to 32 MB with the first large block that is freed, and keeps the later ones: 16 answers of
    9 MB at once left 49 MB more behind (measured: 404 against 355 MB for 40 such pages).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK) == 1
