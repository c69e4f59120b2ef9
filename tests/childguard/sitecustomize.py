"""Imported by every child process of a fault test: no connection but to loopback, and names only from a table.

A forbidden attempt is written to the file NETWORK_LOG and refused; FAKE_DNS maps a name to its successive addresses.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any

_LOG, _LOOPBACK = os.environ.get("NETWORK_LOG"), {"127.0.0.1", "::1", "0.0.0.0"}
_NAMES: dict[str, list[str]] = json.loads(os.environ.get("FAKE_DNS", "{}"))


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if host not in _LOOPBACK:
            _note(f"{event} {arguments[1]}")
            raise PermissionError(f"no connection outside of loopback: {arguments[1]}")


def _note(text: str) -> None:
    with open(str(_LOG), "a", encoding="utf-8") as log:
        log.write(text + "\n")


def _address(host: str) -> str:
    answers = _NAMES.get(host)
    if not answers:
        raise socket.gaierror(socket.EAI_NONAME, f"no such name in the test: {host}")
    return answers.pop(0) if len(answers) > 1 else answers[0]


def _getaddrinfo(host: Any, port: Any, *more: Any, **named: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name in _LOOPBACK or name in {None, "localhost"}:
        return _real_getaddrinfo(host, port, *more, **named)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (_address(name), port or 0))]


def _gethostbyname(host: str) -> str:
    return host if host in _LOOPBACK else _address(host)


if _LOG:
    _real_getaddrinfo = socket.getaddrinfo
    socket.getaddrinfo = _getaddrinfo
    socket.gethostbyname = _gethostbyname
    sys.addaudithook(_audit)
