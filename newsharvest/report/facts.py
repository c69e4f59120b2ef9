"""The numbers of a report, counted from the datasets. Reads columns, never whole tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from newsharvest import load, reference, region_codes
from newsharvest.files import KST, DataDir, Manifest
from newsharvest.report.fields import FIELDS, field_shares
from newsharvest.report.map import latest_readings

Record = dict[str, Any]
DAYS = 60
"""How many days back from the newest the charts by day go."""
RUNS, EXAMPLES = 60, 3
UNDATED = "undated"
_SHOWN = ("articles", "revisions", "observations", "bulletins", "forecasts", "rejects", "fetches", "runs")
_RUN = (
    "run_id", "command", "started_at", "ended_at", "ended", "exit_code", "reason", "requests", "stored", "unchanged",
    "duplicate", "skipped", "rejected", "failed", "expectations_met",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report says. Days are ISO dates in Korea, times ISO with offset; lists are in the order they are shown in."""

    data_dir: str
    made_at: str
    parser_version: int | None
    totals: dict[str, int]
    """dataset → rows."""
    stations: list[Record]
    """The newest reading of each station: stn_id, name, name_en, lat, lon, temperature_c, qc, time, age_hours, stale."""
    observations: list[Record]
    """day (or undated), source, rows."""
    articles: list[Record]
    """outlet_id, day (or undated), rows."""
    outlets: dict[str, str]
    """outlet_id → name, of the outlets that have articles."""
    fields: list[Record]
    """outlet_id, field, rows, filled."""
    completeness: list[Record]
    """outlet_id, seen (gone ones included), missing (at most), gone: article numbers of all days, as `load.coverage` has them."""
    rejects: list[Record]
    """reason, outlet_id, rows, examples."""
    runs: list[Record]
    regions: list[Record]
    """code, name, level, lat, lon, rows: articles that speak of a region."""

    def as_json(self) -> Record:
        """Plain values."""
        return asdict(self)


def gather(data_dir: Path, at: datetime) -> Facts:
    """Count. NoDataError where the data dir holds no dataset."""
    data = DataDir(data_dir)
    if not data.datasets.is_dir():
        raise load.NoDataError(f"no datasets in {data_dir} yet: run `newsharvest demo` or `newsharvest crawl`")
    manifest = Manifest.load(data)
    articles = _articles(data_dir)
    return Facts(
        data_dir=str(data_dir),
        made_at=at.astimezone(KST).isoformat(timespec="seconds"),
        parser_version=manifest.parser_version,
        totals={name: _rows(manifest, name) for name in _SHOWN},
        stations=latest_readings(data_dir),
        observations=_observations(data_dir),
        articles=articles,
        outlets={outlet_id: _name(outlet_id) for outlet_id in sorted({row["outlet_id"] for row in articles})},
        fields=field_shares(data, FIELDS),
        completeness=_completeness(data_dir),
        rejects=_rejects(data_dir),
        runs=_runs(data_dir),
        regions=_regions(data_dir),
    )


def _rows(manifest: Manifest, name: str) -> int:
    return sum(f["rows"] for path, f in manifest.files.items() if path.startswith(f"{name}/") and "/_" not in path)


def table(name: str, columns: list[str], data_dir: Path) -> pa.Table:
    """Columns of a dataset; an empty table where it does not exist yet."""
    try:
        return getattr(load, name)(columns=columns, data_dir=data_dir, engine="arrow")
    except load.NoDataError:
        return pa.table({column: pa.array([], pa.null()) for column in columns})


def _name(outlet_id: str) -> str:
    outlet = reference.outlets().get(outlet_id)
    return outlet.name if outlet else outlet_id


def _day(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO dates in Korea; null stays null."""
    return pc.strftime(moments, format="%Y-%m-%d")


def _articles(data_dir: Path) -> list[Record]:
    found = table("articles", ["outlet_id", "published_at"], data_dir)
    if not found.num_rows:
        return []
    days = pc.fill_null(_day(found["published_at"]), UNDATED)
    return _counted({"outlet_id": found["outlet_id"].cast(pa.string()), "day": days})


def _observations(data_dir: Path) -> list[Record]:
    found = table("observations", ["source", "observed_at", "displayed_date"], data_dir)
    if not found.num_rows:
        return []
    displayed = pc.strftime(found["displayed_date"].cast(pa.timestamp("s")), format="%Y-%m-%d")
    days = pc.fill_null(pc.coalesce(_day(found["observed_at"]), displayed), UNDATED)
    return _counted({"day": days, "source": found["source"]})


def _counted(columns: dict[str, pa.ChunkedArray]) -> list[Record]:
    """Rows of each combination within the last DAYS days, the undated ones among them."""
    names = list(columns)
    counts = pa.table(columns).group_by(names).aggregate([([], "count_all")]).rename_columns([*names, "rows"])
    rows: list[Record] = counts.sort_by([(name, "ascending") for name in names]).to_pylist()
    days = [row["day"] for row in rows if row["day"] != UNDATED]
    first = (date.fromisoformat(max(days)) - timedelta(days=DAYS - 1)).isoformat() if days else ""
    return [row for row in rows if row["day"] == UNDATED or row["day"] >= first]


def _completeness(data_dir: Path) -> list[Record]:
    try:
        days = load.coverage(data_dir=data_dir, engine="arrow")
    except load.NoDataError:
        return []
    sums = days.group_by("outlet_id").aggregate([("seen", "sum"), ("gaps", "sum"), ("gone", "sum")])
    rows = sums.rename_columns({"seen_sum": "seen", "gaps_sum": "missing", "gone_sum": "gone"})
    found: list[Record] = rows.sort_by("outlet_id").to_pylist()
    return found


def _rejects(data_dir: Path) -> list[Record]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in table("rejects", ["reason", "outlet_id", "page_key"], data_dir).to_pylist():
        found.setdefault((row["reason"], row["outlet_id"] or ""), []).append(row["page_key"])
    rows = [
        {"reason": reason, "outlet_id": outlet, "rows": len(pages), "examples": sorted(pages)[:EXAMPLES]}
        for (reason, outlet), pages in found.items()
    ]
    return sorted(rows, key=lambda row: (-row["rows"], row["reason"], row["outlet_id"]))


def _runs(data_dir: Path) -> list[Record]:
    rows = sorted(table("runs", list(_RUN), data_dir).to_pylist(), key=lambda row: row["run_id"])[-RUNS:]
    for row in rows:
        for name in ("started_at", "ended_at"):
            row[name] = row[name].isoformat(timespec="seconds") if row[name] else None
    return rows


def _regions(data_dir: Path) -> list[Record]:
    """Articles by the regions they speak of, each article once a region; names that stay ambiguous are not counted."""
    counts: Counter[str] = Counter()
    for tags in table("articles", ["regions"], data_dir)["regions"].to_pylist():
        counts.update({tag["code"] for tag in tags or () if tag["code"]})
    known = region_codes.regions()
    rows = [
        {"code": code, "name": known[code].full_name, "level": known[code].level, "lat": known[code].lat,
         "lon": known[code].lon, "rows": count}
        for code, count in counts.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["rows"], row["code"]))
