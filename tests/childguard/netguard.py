"""The socket guard of the suite: in the test processes and, by sitecustomize, in every Python process that they start.

A connection elsewhere than to loopback is refused and written down at once (NETWORK_LOG: the test's own file; NETWORK_SUITE:
the whole suite's); each process adds how many connections it made when it ends. FAKE_DNS maps a name to its successive
addresses; in a child no other name is known.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import socket
import sys
from typing import Any

LOOPBACK = frozenset({"127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1", "localhost", ""})
_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_names: dict[str, list[str]] = json.loads(os.environ.get("FAKE_DNS", "{}"))
_seen: set[tuple[str, int]] = set()
_counts = {"connections": 0, "forbidden": 0}
_getaddrinfo = socket.getaddrinfo


def install() -> None:
    """Watch this process's sockets from now on."""
    sys.addaudithook(_audit)
    atexit.register(tell)


def know_names_of_the_table_only() -> None:
    """From now on no name server is asked."""
    socket.getaddrinfo = _looked_up
    socket.gethostbyname = _host


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS or not isinstance(arguments[1], tuple):
        return
    host, port = str(arguments[1][0]), int(arguments[1][1])
    _counts["connections"] += 1
    if host in LOOPBACK or host.startswith("127."):
        _note_place(host, port)
        return
    _counts["forbidden"] += 1
    for variable in ("NETWORK_LOG", "NETWORK_SUITE"):
        _append(os.environ.get(variable), f"forbidden {event} {arguments[1]} by {os.getpid()}")
    raise PermissionError(f"no connection outside of loopback: {arguments[1]}")


def _note_place(host: str, port: int) -> None:
    """Where a test's child went on loopback, each place once."""
    log = os.environ.get("NETWORK_LOG")
    if log and (host, port) not in _seen:
        _seen.add((host, port))
        _append(f"{log}.places", f"{host} {port}")


def tell() -> None:
    """Write down how many connections this process made since it last told."""
    line = f"process {os.getpid()} {_counts['connections']} {_counts['forbidden']}"
    _append(os.environ.get("NETWORK_SUITE"), line)
    _counts.update(connections=0, forbidden=0)


def _append(path: str | None, line: str) -> None:
    """One line more. A process whose files may not grow (RLIMIT_FSIZE is a fault of the plan) begins a log of its own."""
    if not path:
        return
    try:
        _write(path, line)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        _write(f"{path}.{os.getpid()}", line)


def _write(path: str, line: str) -> None:
    with open(path, "a", encoding="utf-8") as log:
        log.write(line + "\n")


def _address(host: str) -> str:
    answers = _names.get(host)
    if not answers:
        raise socket.gaierror(socket.EAI_NONAME, f"no such name in the test: {host}")
    return answers.pop(0) if len(answers) > 1 else answers[0]


def _is_own(name: str | None) -> bool:
    return name is None or name in LOOPBACK or name.startswith("127.") or name == socket.gethostname()


def _looked_up(host: Any, port: Any, *more: Any, **named: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if _is_own(name):
        return _getaddrinfo(host, port, *more, **named)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (_address(name), port or 0))]


def _host(host: str) -> str:
    return "127.0.0.1" if _is_own(host) else _address(host)
