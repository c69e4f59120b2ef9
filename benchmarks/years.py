"""Five years in one data dir: 200 outlets, 1 M articles, 5 M observations. What a day's commit, `info` and notebooks cost then."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import archive_years
from benchmarks.archive_years import FIRST_DAY, Size
from benchmarks.measure import Benchmark, Figure, Options, Result, figure, ratios
from newsharvest.files import DataDir, file_of
from newsharvest.schema import DATASETS
from newsharvest.store import Batch, Store

_PASSES = 5
BUILT = "NEWSHARVEST_BENCH_YEARS"


def run(options: Options) -> Result:
    """All figures; the data dir is thrown away."""
    size = Size(outlets=5, articles=5_000, days=20) if options.quick else Size()
    result = Result(
        [f"{size.outlets} outlets, {size.articles:,} articles, {size.observations:,} observations, {size.days:,} days"]
    )
    with tempfile.TemporaryDirectory(prefix="newsharvest-years-") as folder:
        root, small = _built(Path(folder), size, options), Path(folder) / "demo"
        _sizes(result, DataDir(root))
        _run(["-m", "newsharvest", "demo", "--data-dir", str(small)])
        _info(result, root, small, options)
        _notebook(result, root, size)
        _selected(result, root, size)
        _commit(result, Path(shutil.copytree(root, Path(folder) / "next")), size)
    return result


def _built(folder: Path, size: Size, options: Options) -> Path:
    """The data dir; one that was built before is taken as it is where NEWSHARVEST_BENCH_YEARS names it."""
    before = os.environ.get(BUILT)
    if before and not options.quick:
        return Path(before)
    return archive_years.build(folder / "years", size).root


def _sizes(result: Result, data: DataDir) -> None:
    files = list(data.datasets.rglob("*.parquet"))
    total = sum(path.stat().st_size for path in files)
    result.conditions.append(f"{len(files):,} files, {total / 1e9:.2f} GB")


def _run(words: list[str], **more: Any) -> tuple[float, str]:  # noqa: ANN401 - of subprocess
    """CPU seconds of a process of Python with all its children, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True, **more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def _info(result: Result, root: Path, small: Path, options: Options) -> None:
    """The command as it is called, start of Python included: in turn on both."""
    spent: dict[Path, list[float]] = {root: [], small: []}
    for _ in range(options.size(_PASSES, 1)):
        for place, seconds in spent.items():
            seconds.append(_run(["-m", "newsharvest", "info", "--data-dir", str(place)])[0])
    goal = None if options.quick else 2.0
    result.figures += [
        figure("info", ratios(spent[root], spent[small]), "x info on the demo", at_most=goal),
        figure("info", spent[root], "CPU seconds"),
    ]


_PROBE = """
import json, sys, time
from benchmarks import years
from benchmarks.runs import peak_mb
began, wall = time.process_time(), time.perf_counter()
told = getattr(years, sys.argv[1])(*sys.argv[2:])
print(json.dumps({"cpu": time.process_time() - began, "wall": time.perf_counter() - wall, "peak": peak_mb(), **told}))
"""


def _measured(function: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """What a function of this module costs in a process of its own: CPU and wall seconds, MB at the peak."""
    _, told = _run(["-c", _PROBE, function.__name__, *map(str, arguments)])
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer


def _notebook(result: Result, root: Path, size: Size) -> None:
    day = FIRST_DAY + timedelta(days=size.days // 2)
    cost = _measured(month_of_articles, root, f"{day:%Y-%m}-01", f"{day + timedelta(days=31):%Y-%m}-01")
    result.figures += [
        Figure(f"nh.articles(columns=two, one month): {cost['rows']:,} rows", cost["cpu"], "CPU seconds"),
        Figure("the same, whole process", cost["peak"], "MB"),
    ]
    cost = _measured(month_of_a_station, root, f"{day:%Y-%m}-01", f"{day + timedelta(days=31):%Y-%m}-01")
    result.figures.append(
        Figure(f"nh.observations(one station, one month): {cost['rows']:,} rows", cost["cpu"], "CPU seconds")
    )


def month_of_articles(root: str, since: str, until: str) -> dict[str, Any]:
    """Title and time of a month's articles."""
    import newsharvest as nh

    frame = nh.articles(columns=["title", "published_at"], since=since, until=until, data_dir=root)
    return {"rows": len(frame)}


def month_of_a_station(root: str, since: str, until: str) -> dict[str, Any]:
    """A month's readings of Seoul."""
    import newsharvest as nh

    return {"rows": len(nh.observations(stations=[108], since=since, until=until, data_dir=root))}


def _selected(result: Result, root: Path, size: Size) -> None:
    day = FIRST_DAY + timedelta(days=size.days // 2)
    cost = _measured(records_of_a_month, root, f"{day:%Y-%m}-01", f"{day + timedelta(days=31):%Y-%m}-01")
    result.figures.append(
        Figure(f"--where of one outlet and month: {cost['rows']:,} records found", cost["cpu"], "CPU seconds")
    )


def records_of_a_month(root: str, since: str, until: str) -> dict[str, Any]:
    """The records that a condition selects; reading them is not part of it."""
    from newsharvest.selecting import select

    outlet_id = next(path for path in sorted(Path(root, "datasets", "articles").iterdir())).name.partition("=")[2]
    condition = f"outlet_id == '{outlet_id}' and fetched_at >= '{since}' and fetched_at < '{until}'"
    found = select(DataDir(Path(root)), condition, ["articles"])
    return {"rows": sum(map(len, found.records.values()))}


def _commit(result: Result, root: Path, size: Size) -> None:
    cost = _measured(next_day, root, size.outlets, size.articles, size.days)
    result.figures += [
        Figure(f"one day's commit: {cost['rows']:,} rows into {cost['files']:,} files", cost["spent"], "CPU seconds"),
        Figure("the same, whole process", cost["peak"], "MB"),
        Figure("the same, wall", cost["took"], "seconds"),
    ]


def next_day(root: str, outlets: str, articles: str, days: str) -> dict[str, Any]:
    """Commit the day after the last: new articles of every outlet, new bulletins, a run."""
    size = Size(int(outlets), int(articles), int(days))
    batch = day_after(Path(root), size)
    store = Store(DataDir(Path(root)))
    began, wall = time.process_time(), time.perf_counter()
    report = store.commit(batch)
    spent, took = time.process_time() - began, time.perf_counter() - wall
    return {"rows": sum(report.rows.values()), "files": report.files, "spent": spent, "took": took}


def day_after(root: Path, size: Size) -> Batch:
    """The rows of the next day, as a crawl gathers them."""
    rng, batch = np.random.default_rng(2), Batch()
    pool = archive_years.sentences(rng, 20_000)
    chosen = sorted(path.name.partition("=")[2] for path in (root / "datasets" / "articles").iterdir())
    each, per_day = size.articles // len(chosen), max(1, size.articles // len(chosen) // size.days)
    tables = []
    for outlet_id in chosen:
        number = np.arange(each, each + per_day)
        moment = np.full(per_day, int((FIRST_DAY + timedelta(days=size.days, hours=2)).timestamp() * 1000))
        table = archive_years.filled(
            "articles", per_day, archive_years.article_columns(outlet_id, number, moment, pool, rng)
        )
        tables += [
            ("articles", outlet_id, table),
            ("revisions", outlet_id, table.select(DATASETS["revisions"].schema.names)),
        ]
    weather = [(name, None, table) for name, _, table in archive_years.weather(size.days, size, rng)]
    requests, _, asked = archive_years.fetches(size.days, per_day * len(chosen), rng)
    for name, outlet_id, table in [*tables, *weather, (requests, None, asked)]:
        hive = {"outlet_id": outlet_id} if outlet_id else {}
        for row in table.to_pylist():
            full = {**row, **hive}
            batch.setdefault((name, file_of(name, full)), []).append(full)
    return batch


BENCHMARK = Benchmark("Five years in one data dir", run)
