"""Chromium keeping pages as its "Save page as" does: as one MHTML file, and as HTML with the address in its first line."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.browser import QUIET, chromium

_SECONDS = 60
_RULES = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
"""The last of two holds: names are the proxy's to know."""
_LOADED = "new Promise(done => document.readyState == 'complete' ? done() : addEventListener('load', () => done()))"


class Tab:
    """One page of a browser that is driven over its debugging pipe: messages of JSON, each ended by a NUL."""

    def __init__(self, to: int, answers: int) -> None:
        self._to, self._from = os.fdopen(to, "wb", buffering=0), os.fdopen(answers, "rb")
        self._number, self._rest = 0, b""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def _call(self, method: str, **params: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if method.partition(".")[0] != "Target":
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._answer()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _answer(self) -> Any:
        while b"\0" not in self._rest:
            chunk = self._from.read1(1 << 16)
            assert chunk, "the browser hung up"
            self._rest += chunk
        text, _, self._rest = self._rest.partition(b"\0")
        return json.loads(text)

    def open(self, url: str) -> None:
        """Load a page, scripts and all."""
        self._call("Page.enable")
        answer = self._call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        self._evaluated(_LOADED)

    def _evaluated(self, script: str) -> Any:
        answer = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")

    def mhtml(self) -> bytes:
        """ "Web page, single file"."""
        text: str = self._call("Page.captureSnapshot", format="mhtml")["data"]
        return text.encode()

    def html(self, url: str) -> bytes:
        """ "Web page, HTML only", of the DOM as it is, as "complete" saves it."""
        dom: str = self._evaluated("document.documentElement.outerHTML")
        return f"<!DOCTYPE html>\n<!-- saved from url=({len(url):04d}){url} -->\n{dom}".encode()


@contextmanager
def tab(proxy: str) -> Iterator[Tab]:
    """A browser whose only network is a proxy on loopback."""
    in_theirs, in_mine = os.pipe()
    out_mine, out_theirs = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [
            chromium(),
            *QUIET,
            f"--user-data-dir={profile}",
            f"--proxy-server={proxy}",
            _RULES,
            "--remote-debugging-pipe",
        ]
        shell = f"exec {shlex.join(words)} 3<&{in_theirs} 4>&{out_theirs}"
        process = subprocess.Popen(["bash", "-c", shell], pass_fds=(in_theirs, out_theirs), stderr=subprocess.DEVNULL)
        os.close(in_theirs)
        os.close(out_theirs)
        try:
            yield Tab(in_mine, out_mine)
        finally:
            process.kill()
            process.wait(_SECONDS)
