"""A generated data dir of years: what commits, `info` and notebooks cost at that size.

Written through Arrow, file by file as a commit would, with the writer that commits use; the parser has no part in it, and
the archive is empty. Text is drawn from a pool of sentences, so that a file compresses about as real articles do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from newsharvest import reference
from newsharvest.files import DataDir, Manifest, file_of
from newsharvest.merging import write
from newsharvest.runlog import reference_tables
from newsharvest.schema import DATASETS
from newsharvest.staging import Staging
from newsharvest.store import Store
from newsharvest.versions import parser_version

FIRST_DAY = datetime(2021, 1, 1, tzinfo=UTC) - timedelta(hours=9)
_MS = pa.timestamp("ms", "UTC")
_DAY_MS = 86_400_000
_SKIES = np.array(["맑음", "구름조금", "구름많음", "흐림", "비", "박무", "연무", "눈"])
_LONG, _SHORT = 97, 16
Rng = np.random.Generator
Numbers = npt.NDArray[Any]
Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is made. The default is the five years of docs/scaling.md."""

    outlets: int = 200
    articles: int = 1_000_000
    days: int = 1826
    long_bulletins: int = 22
    """Bulletins of 97 entries a day."""
    short_bulletins: int = 38
    """Bulletins of 16 entries a day."""

    @property
    def observations(self) -> int:
        """Readings in all."""
        return self.days * (self.long_bulletins * _LONG + self.short_bulletins * _SHORT)


def build(root: Path, size: Size, seed: int = 1) -> DataDir:
    """A data dir of that size at a place where nothing is yet."""
    data = DataDir(root)
    data.create()
    Store(data).commit(reference_tables())
    staged, manifest = Staging.begin(data), Manifest.load(data)
    rng = np.random.default_rng(seed)
    for name, path, table in _tables(size, rng):
        dataset = DATASETS[name]
        order = [
            (column, "ascending") for column in dict.fromkeys((*dataset.sort, *dataset.key)) if column != dataset.hive
        ]
        manifest.files[f"{name}/{path}"] = write(staged, dataset, path, [table.sort_by(order)])
        manifest.schemas[name] = dataset.fingerprint
    manifest.parser_version = parser_version()
    staged.finish(manifest)
    return data


def _tables(size: Size, rng: Rng) -> Iterator[tuple[str, str, pa.Table]]:
    pool = sentences(rng)
    chosen = sorted(reference.outlets())[: size.outlets]
    for outlet_id in chosen:
        for path, table in articles(outlet_id, size.articles // len(chosen), size.days, pool, rng):
            yield "articles", path, table
            yield "revisions", path, table.select(DATASETS["revisions"].schema.names)
    for day in range(size.days):
        yield from weather(day, size, rng)
        yield fetches(day, size.articles // size.days + len(chosen), rng)
    yield "runs", "part-0.parquet", runs(size.days)


def sentences(rng: Rng, count: int = 200_000, vocabulary: int = 12_000) -> pa.Array:
    """Made-up sentences of Korean syllables; words as unevenly common as words are."""
    syllables = rng.integers(0xAC00, 0xD7A3, (vocabulary, 4))
    words = np.array(["".join(map(chr, row[: 1 + number % 4])) for number, row in enumerate(syllables)])
    lengths = rng.integers(8, 15, count)
    drawn = words[np.minimum(rng.zipf(1.3, int(lengths.sum())) - 1, vocabulary - 1)]
    ends = np.cumsum(lengths)
    return pa.array([" ".join(drawn[end - length : end]) + "." for end, length in zip(ends, lengths, strict=True)])


def articles(outlet_id: str, count: int, days: int, pool: pa.Array, rng: Rng) -> Iterator[tuple[str, pa.Table]]:
    """An outlet's articles with their files: numbers as they were published, a body of 2.6 kB, all provenance."""
    per_file = 10_000
    for first in range(0, count, per_file):
        number = np.arange(first, min(first + per_file, count))
        published = _ms(FIRST_DAY) + number * (days * _DAY_MS // count)
        table = filled("articles", len(number), article_columns(outlet_id, number, published, pool, rng))
        row = {"outlet_id": outlet_id, "article_id": str(first)}
        yield file_of("articles", row), table


def article_columns(outlet_id: str, number: Numbers, published: Numbers, pool: pa.Array, rng: Rng) -> Columns:
    count = len(number)
    fetched = _times(published + 3_600_000)
    numbers = pa.array(number.astype(str))
    host = outlet_id.replace("_", ".")
    return {
        "article_id": numbers,
        "url": _joined(f"http://www.{host}/news/articleView.html?idxno=", numbers),
        "title": pool.take(pa.array(rng.integers(0, len(pool), count))),
        "body": _paragraphs(pool, count, rng),
        "authors": _lists(np.array([f"기자{n}" for n in range(12)])[rng.integers(0, 12, count)]),
        "byline_raw": pa.array(np.array([f"기자{n} 기자" for n in range(12)])[rng.integers(0, 12, count)]),
        "section": pa.array(np.array(["사회", "경제", "문화", "정치"])[rng.integers(0, 4, count)]),
        "published_at": _times(published),
        "published_at_precision": _same("minute", count),
        "published_at_label": _same("입력", count),
        "content_hash": _hashes(count, rng),
        "encoding": _same("utf-8", count),
        "encoding_source": _same("bytes", count),
        "fetched_at": fetched,
        "first_seen_at": fetched,
        "last_seen_at": fetched,
        **_records(number * 21_000 % (1 << 30), published, rng),
    }


def _paragraphs(pool: pa.Array, count: int, rng: Rng, sentences_each: int = 24) -> pa.Array:
    """Bodies: sentences drawn from the pool, a line each."""
    drawn = pool.take(pa.array(rng.integers(0, len(pool), count * sentences_each)))
    offsets = pa.array(np.arange(0, count * sentences_each + 1, sentences_each), pa.int32())
    return pc.binary_join(pa.ListArray.from_arrays(offsets, drawn), "\n")


def weather(day: int, size: Size, rng: Rng) -> Iterator[tuple[str, str, pa.Table]]:
    """A day's bulletins and readings: a table of 97 cities by the hour, tickers of 16 on the pages of outlets."""
    shape = [_LONG] * size.long_bulletins + [_SHORT] * size.short_bulletins
    about = _bulletins(day, shape, size.long_bulletins, rng)
    row = {"observed_at": FIRST_DAY + timedelta(days=day, hours=1), "displayed_date": None, "bulletin_id": ""}
    path = file_of("bulletins", row)
    yield "bulletins", path, filled("bulletins", len(shape), about)
    yield "observations", path, filled("observations", sum(shape), _readings(about, shape, rng))


def _bulletins(day: int, shape: list[int], timed: int, rng: Rng) -> Columns:
    count = len(shape)
    start = _ms(FIRST_DAY) + day * _DAY_MS
    hour = start + np.minimum(np.arange(count), 23) * 3_600_000
    is_timed = np.arange(count) < timed
    local = np.full(count, (start + 9 * 3_600_000) // _DAY_MS, dtype=np.int32)
    fetched = _times(hour + 600_000 + rng.integers(0, 1_000_000, count))
    outlets = np.array(sorted(reference.outlets()))
    return {
        "bulletin_id": pa.array([text[:20] for text in _hashes(count, rng).to_pylist()]),
        "source": pa.array(np.where(is_timed, "kma_table", outlets[rng.integers(0, 200, count)])),
        "observed_at": pa.array(hour, pa.int64(), mask=~is_timed).cast(_MS),
        "displayed_date": pa.array(local, pa.int32(), mask=is_timed).cast(pa.date32()),
        "form": pa.array(np.where(is_timed, "table", "glued")),
        "readings": pa.array(np.array(shape, dtype=np.int32)),
        "resolved": pa.array(np.array(shape, dtype=np.int32)),
        "content_hash": _hashes(count, rng),
        "url": _joined("http://www.paper.example/news/articleView.html?idxno=", pa.array((day * 100 + np.arange(count)).astype(str))),
        "fetched_at": fetched,
        "first_seen_at": fetched,
        "last_seen_at": fetched,
        **_records(np.arange(count) * 21_000, np.full(count, start), rng),
    }  # fmt: skip


def _readings(about: Columns, shape: list[int], rng: Rng) -> Columns:
    """Each bulletin's readings: its facts repeated; temperatures near those of the hour, skies at random."""
    which = pa.array(np.repeat(np.arange(len(shape)), shape))
    count = len(which)
    position = np.concatenate([np.arange(length) for length in shape])
    stations = [s for s in reference.stations().values() if s.network == "ASOS"][:_LONG]
    at = position % len(stations)
    tenths = np.round(rng.normal(0, 20, len(stations))[at] + rng.normal(120, 15, count)).astype(int)
    degrees = pa.array([f"{value / 10:.1f}" for value in tenths])
    skies = pa.array(_SKIES[rng.integers(0, len(_SKIES), count)])
    names = pa.array([s.name for s in stations]).take(pa.array(at))
    shared = ("bulletin_id", "source", "observed_at", "displayed_date", "content_hash", "url", "fetched_at",
              "warc_filename", "warc_record_offset", "warc_record_length", "parser_version")  # fmt: skip
    return {
        **{name: about[name].take(which) for name in shared},
        "position": pa.array((position + 1).astype(np.int32)),
        "stn_id": pa.array([s.stn_id for s in stations], pa.int32()).take(pa.array(at)),
        "station": names,
        "station_raw": names,
        "station_match": _same("named", count),
        "sky": skies,
        "sky_raw": skies,
        "temperature_c": pa.array(tenths / 10),
        "temperature_raw": degrees,
        "qc_range": _same("good", count),
        "qc_spatial": _same("good", count),
        "qc": _same("good", count),
        "raw": pc.binary_join_element_wise(skies, names, degrees, "℃", ""),
    }


def fetches(day: int, count: int, rng: Rng) -> tuple[str, str, pa.Table]:
    """A day's requests."""
    start = _ms(FIRST_DAY) + day * _DAY_MS
    run_id = _run_id(day)
    columns = {
        "run_id": _same(run_id, count),
        "sequence": pa.array(np.arange(count, dtype=np.int32)),
        "url": _joined("http://www.paper.example/news/articleView.html?idxno=", pa.array(rng.integers(0, 1_000_000, count).astype(str))),
        "outlet_id": pa.array(np.array(sorted(reference.outlets()))[rng.integers(0, 200, count)]),
        "kind": _same("article", count),
        "outcome": _same("stored", count),
        "status": pa.array(np.full(count, 200, dtype=np.int32)),
        "fetched_at": _times(start + np.sort(rng.integers(0, 3_600_000, count))),
        "bytes": pa.array(rng.integers(20_000, 120_000, count)),
        "duration_ms": pa.array(rng.random(count) * 800),
        **_records(np.arange(count) * 21_000, np.full(count, start), rng),
    }  # fmt: skip
    return "fetches", file_of("fetches", {"run_id": run_id}), filled("fetches", count, columns)


def runs(days: int) -> pa.Table:
    """One run a day."""
    starts = _ms(FIRST_DAY) + np.arange(days) * _DAY_MS
    columns = {
        "run_id": pa.array([_run_id(day) for day in range(days)]),
        "command": _same("crawl", days),
        "started_at": _times(starts),
        "ended_at": _times(starts + 3_000_000),
        "ended": _same("complete", days),
        "exit_code": pa.array(np.zeros(days, dtype=np.int32)),
    }
    return filled("runs", days, columns)


def _run_id(day: int) -> str:
    return f"{FIRST_DAY + timedelta(days=day, hours=12):%Y%m%dT%H%M%SZ}-{day:06x}"


def filled(name: str, count: int, columns: Columns) -> pa.Table:
    """A table of a dataset's schema: what is not given is null, or the empty list."""
    made = []
    for column in DATASETS[name].schema:
        values = columns.get(column.name)
        made.append(_empty(column.type, count) if values is None else values.cast(column.type))
    return pa.table(made, schema=DATASETS[name].schema)


def _empty(kind: pa.DataType, count: int) -> pa.Array:
    if pa.types.is_list(kind):
        return pa.array([[]] * count, kind)
    return pa.nulls(count, kind)


def _records(offset: Numbers, moment: Numbers, rng: Rng) -> Columns:
    count = len(offset)
    names = np.array(
        [f"{datetime.fromtimestamp(int(at) // 1000, UTC):%Y%m%d}T030000Z-0000ab-00000.warc.gz" for at in moment]
    )
    return {
        "warc_filename": pa.array(names),
        "warc_record_offset": pa.array(offset.astype(np.int64)),
        "warc_record_length": pa.array(rng.integers(18_000, 24_000, count)),
        "parser_version": pa.array(np.full(count, parser_version(), dtype=np.int32)),
    }  # fmt: skip


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _times(values: Numbers) -> pa.Array:
    return pa.array(values.astype(np.int64)).cast(_MS)


def _same(value: object, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)


def _lists(values: Numbers) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(np.arange(len(values) + 1, dtype=np.int32)), pa.array(values))


def _joined(head: str, tail: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(head), tail, "")


def _hashes(count: int, rng: Rng) -> pa.Array:
    return pa.array([rng.bytes(16).hex() for _ in range(count)])


if __name__ == "__main__":  # python -m benchmarks.archive_years FOLDER: to be measured more than once
    build(Path(sys.argv[1]), Size())
