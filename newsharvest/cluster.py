"""Shards on a Dask cluster: the same work, the same parts, on many machines (extra ``cluster``).

The workers read the files themselves, by the paths that are given here: they need the same file system. Only rows come
back; this process alone joins and commits them. Before anything is done every worker must show that it has the same parser,
the same registry and the files: another parser's rows would be landed under a version that they are not of.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from newsharvest import versions
from newsharvest.errors import RefusedError
from newsharvest.journal import registry_digest
from newsharvest.parsing import ParseFailedError, Worker
from newsharvest.shards import Part, Shard, parse_whole

CONNECT_SECONDS = 20
SHARD_SECONDS = 6 * 3600.0
"""A shard's own limit is that of its pages; this is for a file system that hangs."""
_WAITING_A_THREAD = 2


class ClusterError(RefusedError):
    """A cluster that cannot do the work, told in one line."""


def parts(scheduler: str, work: Sequence[Shard], jobs: int) -> Iterator[Part]:
    """The shards' parts, as the cluster's workers give them; ``jobs`` is theirs to choose.

    A shard whose worker died goes to another; the same shard may be done twice, and counts once. ClusterError for a
    cluster that cannot be reached, has no workers or has workers that would not give the same rows.
    """
    del jobs
    if not work:
        return
    with _client(scheduler) as client:
        _check(client, work)
        yield from _done(client, work)


@contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    try:
        client = _distributed().Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"no scheduler answers at {scheduler}: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise ClusterError(f"{scheduler} has no workers: start `dask worker {scheduler}`") from error
        yield client


def _distributed() -> Any:  # noqa: ANN401 - a module without types
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise ClusterError("--scheduler needs Dask: pip install 'newsharvest[cluster]'") from error


def identity(paths: Sequence[str]) -> dict[str, Any]:
    """What must be equal on every machine: the parser, the registry, and the files with their sizes."""
    sizes = {path: Path(path).stat().st_size if Path(path).exists() else None for path in paths}
    return {"parser_version": versions.parser_version(), "registry": registry_digest(), "files": sizes}


_REMEDIES = {
    "parser_version": "install the same newsharvest there",
    "registry": "start the workers with the same NEWSHARVEST_OUTLETS",
    "files": "workers read the files themselves: give paths that are the same on every machine, or crawl and re-parse there and `newsharvest merge`",
}


def _check(client: Any, work: Sequence[Shard]) -> None:  # noqa: ANN401 - distributed.Client
    """One file of each folder is looked for: a mount is there or it is not."""
    by_folder = {path.parent: path.absolute() for shard in work for path in shard.paths}
    paths = [str(path) for path in by_folder.values()]
    mine = identity(paths)
    try:
        theirs = client.run(identity, paths)
    except ImportError as error:
        raise ClusterError(f"newsharvest is not installed on every worker: {error}") from error
    for worker, found in theirs.items():
        for name, value in mine.items():
            if found[name] != value:
                raise ClusterError(f"{worker} has another {name.replace('_', ' ')}: {_REMEDIES[name]}")


def _done(client: Any, work: Sequence[Shard]) -> Iterator[Part]:  # noqa: ANN401 - distributed.Client
    """At most a few shards a thread wait, so that neither scheduler nor workers pile up results."""
    waiting = iter(enumerate(work))
    at_once = _WAITING_A_THREAD * max(1, sum(client.nthreads().values()))
    first = [_submitted(client, *entry) for _, entry in zip(range(at_once), waiting, strict=False)]
    running = _distributed().as_completed(first, loop=client.loop)
    for future in running:
        part: Part = future.result()
        future.release()
        for entry in waiting:
            running.add(_submitted(client, *entry))
            break
        yield part


def _submitted(client: Any, number: int, shard: Shard) -> Any:  # noqa: ANN401 - distributed's Client and Future
    return client.submit(parse_apart, _absolute(shard), key=f"newsharvest-{number}-{id(shard):x}", pure=False)


def _absolute(shard: Shard) -> Shard:
    return replace(shard, paths=tuple(path.absolute() for path in shard.paths))


def parse_apart(shard: Shard) -> Part:
    """`parse_shard` in a process below the worker's: a page that costs a process its life does not cost the worker's."""
    try:
        return _process().call(parse_whole, shard)
    except ParseFailedError:
        return _process().call(parse_whole, replace(shard, each_apart=True))


_OWN = threading.local()


def _process() -> Worker:
    """The process of this thread, for all shards that it does: a new one for each took longer to start than a small shard to parse."""
    process: Worker | None = getattr(_OWN, "process", None)
    if process is None:
        process = _OWN.process = Worker(SHARD_SECONDS)
    return process
