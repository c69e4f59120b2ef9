"""A run's figures for Prometheus, as a file for node_exporter's textfile collector. Extra ``metrics``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from newsharvest.config import ConfigError
from newsharvest.disk import Disk


def check(textfile: str) -> None:
    """ConfigError where figures are asked for that cannot be written."""
    if textfile and find_spec("prometheus_client") is None:
        raise ConfigError("metrics.textfile needs prometheus-client: pip install 'newsharvest[metrics]'")
    if textfile and not textfile.endswith(".prom"):
        raise ConfigError(f"metrics.textfile = {textfile!r}: the collector reads files that end in .prom")


def write(textfile: Path, facts: dict[str, Any], disk: Disk, complete_at: float | None) -> None:
    """Replace the file in one step (the library writes beside it and renames). OSError where that fails.

    ``complete_at``: when the last complete run ended, in seconds since 1970; null where none has.
    """
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()
    plain = {
        "last_run_timestamp_seconds": ("when the last crawl ended", facts["ended_at"]),
        "last_complete_run_timestamp_seconds": ("when the last complete crawl ended", complete_at),
        "run_exit_code": ("exit code of the last crawl", facts["exit_code"]),
        "run_seconds": ("how long it took", facts["seconds"]),
        "run_received_bytes": ("bytes it received", facts["bytes"]),
        "run_archived_bytes": ("bytes it added to the archive", facts["archived"]),
        "run_violations": ("expectations that did not hold in the last crawl", len(facts["violations"])),
        "suspended_outlets": ("outlets that were to be asked and are suspended", len(facts["suspended"])),
        "disk_free_bytes": ("free disk", disk.free),
        "archive_bytes": ("size of the archive", disk.archive),
        "datasets_bytes": ("size of the datasets", disk.datasets),
        "disk_days_left": ("days until the disk is full at the rate of the last week", disk.days_left),
    }
    for name, (what, value) in plain.items():
        if value is not None:
            Gauge(f"newsharvest_{name}", what, registry=registry).set(value)
    requests = Gauge("newsharvest_run_requests", "requests by outcome", ["outcome"], registry=registry)
    for outcome, number in facts["outcomes"].items():
        requests.labels(outcome).set(number)
    by_outlet = Gauge(
        "newsharvest_run_outlet_requests", "requests for articles and weather", ["outlet", "outcome"], registry=registry
    )
    for outlet_id, outcomes in facts["counts"].items():
        for outcome, number in outcomes.items():
            by_outlet.labels(outlet_id, outcome).set(number)
    textfile.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(textfile), registry)
