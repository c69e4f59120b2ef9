"""Tables: bytes per row, loading and filtering against csv.gz, an upsert against Delta Lake's MERGE."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import archive_years
from benchmarks.measure import Benchmark, Figure, Options, Result, figure, paired, ratios
from newsharvest.files import KST, DataDir, file_of
from newsharvest.merging import write
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.schema.columns import SEOUL_MS
from newsharvest.staging import Staging
from newsharvest.store import Batch, Store

ANALYSIS = ("source", "observed_at", "displayed_date", "fetched_at", "stn_id", "sky", "temperature_c", "qc")
_STATIONS = 97
_HOUR_MS = 3_600_000
_START = datetime(2025, 1, 1, tzinfo=UTC)
_CHANGED = 166


def run(options: Options) -> Result:
    """All figures of tables."""
    result, rng = Result(), np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="newsharvest-tables-") as folder:
        root = Path(folder)
        _analysis(result, root, options, rng)
        _full_schema(result, root, options)
        _articles(result, root, options, rng)
        _upsert(result, root, options, rng)
    return result


def readings(hours: int, rng: np.random.Generator) -> pa.Table:
    """Every station by the hour, sorted as our files are: temperatures of the season, the hour and the place, skies at random."""
    count = hours * _STATIONS
    hour = np.tile(np.arange(hours), _STATIONS)
    start = int(_START.timestamp() * 1000)
    late = rng.integers(180_000, 1_200_000, hours)[hour]
    drift = np.cumsum(rng.normal(0, 0.35, (_STATIONS, hours)), axis=1) * 0.2 + rng.normal(0, 2, (_STATIONS, 1))
    season = 12 - 12 * np.cos(2 * np.pi * hour / (24 * 365)) + 5 * np.sin(2 * np.pi * (hour % 24 - 9) / 24)
    skies = pa.array(["맑음", "구름조금", "구름많음", "흐림", "비", "박무", "연무", "눈"])
    return pa.table(
        {
            "source": pa.repeat(pa.scalar("kma_table"), count),
            "observed_at": pa.array(start + hour * _HOUR_MS).cast(SEOUL_MS),
            "fetched_at": pa.array(start + hour * _HOUR_MS + late).cast(SEOUL_MS),
            "displayed_date": pa.nulls(count, pa.date32()),
            "stn_id": pa.array(np.repeat(np.arange(90, 90 + _STATIONS), hours).astype(np.int32)),
            "sky": skies.take(pa.array(rng.integers(0, 8, count))),
            "temperature_c": pa.array(np.round(season + drift.ravel() + rng.normal(0, 1.5, count), 1)),
            "qc": pa.array(np.where(rng.random(count) < 0.995, "good", "doubtful")),
        }
    )  # fmt: skip


def _analysis(result: Result, root: Path, options: Options, rng: np.random.Generator) -> None:
    hours = options.size(10_310, 500)
    dataset = _only(DATASETS["observations"], ANALYSIS)
    table = readings(hours, rng).select(dataset.schema.names).cast(dataset.schema)
    data = DataDir(root / "analysis")
    data.create()
    staged = Staging.begin(data)
    write(staged, dataset, "part-0.parquet", [table])
    ours, theirs = staged.path(f"{dataset.name}/part-0.parquet"), root / "observations.csv.gz"
    table.to_pandas().to_csv(theirs, index=False)
    size = Figure(
        "observations, analysis columns", ours.stat().st_size / table.num_rows, "bytes a row", at_most=6.5 if not options.quick else None
    )  # fmt: skip
    result.conditions.append(
        f"{table.num_rows:,} readings of {_STATIONS} stations in one file, sorted by station and time, against csv.gz (pandas)"
    )
    result.figures += [size, Figure("the same as csv.gz", theirs.stat().st_size / table.num_rows, "bytes a row")]
    spent = paired(_loads(ours, theirs), options.size(5, 1))
    held: dict[str, float | None] = (
        {"load": 0.5, "filter": 1 / 50} if not options.quick else {"load": None, "filter": None}
    )
    result.figures += [
        figure("all into pandas", ratios(spent["load"], spent["csv load"]), "x csv.gz", at_most=held["load"]),
        figure("one month of one station into pandas", ratios(spent["filter"], spent["csv filter"]), "x csv.gz", at_most=held["filter"]),
    ]  # fmt: skip


def _loads(ours: Path, theirs: Path) -> dict[str, Callable[[], object]]:
    since, until = (_START.astimezone(KST) + timedelta(days=days) for days in (150, 180))
    filters = [("stn_id", "==", 108), ("observed_at", ">=", since), ("observed_at", "<", until)]

    def of_csv() -> pd.DataFrame:
        frame = pd.read_csv(theirs, parse_dates=["observed_at", "fetched_at"])
        return frame[(frame.stn_id == 108) & (frame.observed_at >= since) & (frame.observed_at < until)]

    return {
        "load": lambda: pd.read_parquet(ours),
        "csv load": lambda: pd.read_csv(theirs, parse_dates=["observed_at", "fetched_at"]),
        "filter": lambda: pd.read_parquet(ours, filters=filters),
        "csv filter": of_csv,
    }


def _only(dataset: Dataset, names: tuple[str, ...]) -> Dataset:
    return replace(dataset, columns=tuple(column for column in dataset.columns if column.name in names))


def _full_schema(result: Result, root: Path, options: Options) -> None:
    """Day files as commits write them, of bulletins of 97 and of 16 entries."""
    size = archive_years.Size(outlets=2, articles=200, days=options.size(30, 3))
    data = archive_years.build(root / "full", size)
    folder = data.datasets / "observations"
    files = [pq.ParquetFile(path) for path in sorted(folder.rglob("*.parquet"))]
    total, footers = (
        sum(p.stat().st_size for p in folder.rglob("*.parquet")),
        sum(f.metadata.serialized_size for f in files),
    )
    rows = sum(f.metadata.num_rows for f in files)
    plain = sum(_plainly(path) for path in folder.rglob("*.parquet"))
    result.conditions.append(
        f"full schema: {len(files)} day files, each of {size.long_bulletins} bulletins of 97 entries and {size.short_bulletins} of 16"
    )
    result.figures += [
        Figure("observations, all columns with provenance", total / rows, "bytes a row"),
        Figure("of these the files' footers", footers / rows, "bytes a row"),
        Figure("the same by Parquet's usual settings", plain / rows, "bytes a row"),
    ]


def _plainly(path: Path) -> int:
    """A file's size as `pyarrow.parquet.write_table` writes it, zstd-3."""
    sink = pa.BufferOutputStream()
    pq.write_table(pq.read_table(path, partitioning=None), sink, compression="zstd", compression_level=3)
    return int(sink.getvalue().size)


def _articles(result: Result, root: Path, options: Options, rng: np.random.Generator) -> None:
    """Ten outlets' files of 10,000 articles against one table of all."""
    data, pool, count = DataDir(root / "articles"), archive_years.sentences(rng), options.size(100_000, 4_000)
    data.create()
    staged, tables, total = Staging.begin(data), [], 0
    for outlet_id in [f"outlet_{number}" for number in range(options.size(10, 2))]:
        for path, table in archive_years.articles(outlet_id, count // options.size(10, 2), 365, pool, rng):
            write(staged, DATASETS["articles"], path, [table])
            total += staged.path(f"articles/{path}").stat().st_size
            tables.append(table)
    sink = pa.BufferOutputStream()
    whole = pa.concat_tables(tables)
    pq.write_table(whole, sink, compression="zstd", compression_level=3)
    body = pc.mean(pc.binary_length(whole["body"])).as_py()
    result.conditions.append(
        f"{whole.num_rows:,} articles with bodies of {body:,.0f} bytes in {len(tables)} files against one table, zstd-3"
    )
    result.figures += [
        Figure("articles", total / whole.num_rows, "bytes a row"),
        Figure("articles, as files of commits", total / sink.getvalue().size, "x one table", at_most=1.05),
    ]


def _upsert(result: Result, root: Path, options: Options, rng: np.random.Generator) -> None:
    """A day of readings again, some of them corrected, into a month of them; fsync and all."""
    from deltalake import DeltaTable, write_deltalake

    days, hours = options.size(30, 3), 24
    months = [row for day in range(days) for row in _day(day, hours, 0)]
    store = Store(_made(root / "upsert"))
    store.commit(_batch(months))
    delta = root / "delta"
    schema = DATASETS["observations"].schema
    write_deltalake(delta, _dated(pa.Table.from_pylist(months, schema=schema)), partition_by=["day"])
    passes = options.size(7, 1)
    later = [_day(days // 2, hours, _CHANGED + number) for number in range(passes)]
    batches, sources = map(_batch, later), (_dated(pa.Table.from_pylist(rows, schema=schema)) for rows in later)
    day = _dated(pa.Table.from_pylist(later[0][:1], schema=schema))["day"][0].as_py()

    def merge() -> None:
        merging = DeltaTable(delta).merge(
            next(sources), f"t.day = '{day}' and s.bulletin_id = t.bulletin_id and s.position = t.position", source_alias="s", target_alias="t"
        )  # fmt: skip
        merging.when_matched_update_all().when_not_matched_insert_all().execute()

    spent = paired({"ours": lambda: store.commit(next(batches)), "delta": merge}, passes)
    result.conditions.append(
        f"upsert: {len(later[0]):,} readings of a day, each time some {_CHANGED} of them changed, into {len(months):,}; Delta Lake's table is divided by day and the MERGE names the day"
    )
    result.figures += [
        figure(
            "upsert of a day",
            ratios(spent["ours"], spent["delta"]),
            "x Delta Lake's MERGE",
            at_most=None if options.quick else 1.0,
        ),
        figure("upsert of a day", spent["ours"], "CPU seconds"),
    ]
    del rng
    shutil.rmtree(delta)


def _made(root: Path) -> DataDir:
    data = DataDir(root)
    data.create()
    return data


def _day(day: int, hours: int, changed: int) -> list[Row]:
    """A day's table by the hour; of the last ``changed`` readings the temperature is another."""
    blank: Row = dict.fromkeys(column.name for column in DATASETS["observations"].columns)
    rows: list[Row] = []
    for hour in range(hours):
        at = _START + timedelta(days=day, hours=hour - 9)
        shared = {
            "bulletin_id": f"{day:010x}{hour:010x}", "source": "kma_table", "observed_at": at, "fetched_at": at + timedelta(minutes=10 + changed),
            "content_hash": f"{day:016x}{hour + changed:016x}", "url": "http://www.weather.test/", "warc_filename": f"{day:08d}.warc.gz",
            "warc_record_offset": hour * 21_000, "warc_record_length": 20_000, "parser_version": 1, "station_candidates": [],
            "qc_range": "good", "qc_spatial": "good", "qc": "good", "station_match": "named", "sky": "맑음", "sky_raw": "맑음",
        }  # fmt: skip
        for n in range(_STATIONS):
            degrees = (
                10 + (n * 7 + hour * 3) % 90 / 10 + (5 if hour * _STATIONS + n >= hours * _STATIONS - changed else 0)
            )
            rows.append(
                {**blank, **shared, "position": n + 1, "stn_id": 90 + n, "station": f"역{n}", "station_raw": f"역{n}",
                 "temperature_c": degrees, "temperature_raw": f"{degrees:.1f}", "raw": f"맑음역{n}{degrees:.1f}℃"}
            )  # fmt: skip
    return rows


def _batch(rows: list[Row]) -> Batch:
    made: Batch = {}
    for row in rows:
        made.setdefault(("observations", file_of("observations", row)), []).append(row)
    return made


def _dated(table: pa.Table) -> Any:  # noqa: ANN401 - a table of Arrow
    return table.append_column("day", pc.strftime(table["observed_at"], format="%Y-%m-%d"))


BENCHMARK = Benchmark("Tables against csv.gz and Delta Lake", run)
