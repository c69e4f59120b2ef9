"""Debian's Chromium, headless and without a network, as tests use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

# Without these a fresh profile looks up addresses of its maker; a page under test has nothing to ask for either.
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
    "--allow-file-access-from-files",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """A page after its scripts ran: its DOM, and what it wrote to the console."""

    dom: str
    console: list[str]


def chromium() -> str:
    """The browser's path. In CI its absence is a failure: `make system` installs it."""
    found = shutil.which("chromium")
    if found is None and os.environ.get("CI"):
        pytest.fail("chromium is not installed: `make system` installs it on Debian")
    if found is None:
        pytest.skip("chromium is not installed: `make system` installs it on Debian")
    return found


def load(page: Path, *options: str, width: int = 1280, height: int = 1000) -> Loaded:
    """Load a file and wait for its scripts."""
    done = _run(page, "--virtual-time-budget=10000", f"--window-size={width},{height}", "--dump-dom", *options)
    return Loaded(done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE:" in line])


def screenshot(page: Path, out: Path, *options: str, width: int = 1280, height: int = 1000) -> bytes:
    """A PNG of the page."""
    _run(page, "--virtual-time-budget=10000", f"--window-size={width},{height}", f"--screenshot={out}", *options)
    return out.read_bytes()


def _run(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as profile:
        words = [chromium(), *QUIET, f"--user-data-dir={profile}", *options, page.resolve().as_uri()]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
