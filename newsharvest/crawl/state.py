"""What a crawl remembers between runs: validators, lastmods and which articles are known.

A cache of what the archive holds, not data: `newsharvest.crawl.remembering` makes it anew.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

from newsharvest.files import make_folder

FILE = "crawl.sqlite3"
_WAITING_MAX = 50
_VERSION = 3
_FIRST = """
CREATE TABLE pages (
    name TEXT PRIMARY KEY, url TEXT NOT NULL, outlet_id TEXT NOT NULL, article_id TEXT,
    etag TEXT, last_modified TEXT, lastmod TEXT, status INTEGER NOT NULL, fetched_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX listed ON pages (outlet_id) WHERE lastmod IS NOT NULL AND status = 200;
"""
_REVISITS = """
ALTER TABLE pages ADD COLUMN content_hash TEXT;
ALTER TABLE pages ADD COLUMN parser_version INTEGER;
ALTER TABLE pages ADD COLUMN first_at TEXT;
ALTER TABLE pages ADD COLUMN changed_at TEXT;
ALTER TABLE pages ADD COLUMN due_at TEXT;
UPDATE pages SET first_at = fetched_at, changed_at = fetched_at,
    due_at = CASE WHEN article_id IS NOT NULL AND status = 200
        AND julianday(fetched_at) > (SELECT max(julianday(fetched_at)) FROM pages) - 30 THEN fetched_at END;
CREATE INDEX due ON pages (outlet_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX first ON pages (outlet_id, first_at) WHERE article_id IS NOT NULL;
CREATE TABLE asked (day TEXT, outlet_id TEXT, requests INTEGER NOT NULL, PRIMARY KEY (day, outlet_id)) WITHOUT ROWID;
"""
_WALKS = """
ALTER TABLE pages ADD COLUMN payload TEXT;
ALTER TABLE pages ADD COLUMN payload_at TEXT;
CREATE TABLE walks (name TEXT PRIMARY KEY, reached INTEGER NOT NULL, walked_at TEXT, tops TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE robots (
    origin TEXT PRIMARY KEY, status INTEGER NOT NULL, body BLOB NOT NULL, etag TEXT, last_modified TEXT,
    fetched_at TEXT NOT NULL, fresh_until TEXT NOT NULL
);
"""
_STEPS = (_FIRST, _REVISITS, _WALKS)
"""What brings a state of each version to the next: a state of an older version is carried on, not begun anew."""
_PUT = f"INSERT OR REPLACE INTO pages VALUES ({', '.join('?' * 16)})"  # noqa: S608 - question marks only
_NAMES = (
    "url", "outlet_id", "article_id", "etag", "last_modified", "lastmod", "status", "fetched_at",
    "content_hash", "parser_version", "first_at", "changed_at", "due_at",
    "payload", "payload_at",
)  # fmt: skip
_TIMES = ("fetched_at", "first_at", "changed_at", "due_at", "payload_at")
_COLUMNS = ", ".join(_NAMES)
_ASKED = """
INSERT INTO asked VALUES (?, ?, ?) ON CONFLICT (day, outlet_id) DO UPDATE SET requests = requests + excluded.requests
    RETURNING requests
"""
_AHEAD, _AHEAD_MAX = 10, 50
"""A tenth of what was asked for, and at most so many requests, are counted before they are made."""
_DISK_ERRORS = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
)


@dataclass(frozen=True, slots=True)
class Known:
    """A page as it was when it was last fetched."""

    url: str
    outlet_id: str
    article_id: str | None
    """Null for a list page, feed or sitemap."""
    etag: str | None
    last_modified: str | None
    lastmod: str | None
    """What the sitemap stated when the page was fetched, as printed."""
    status: int
    fetched_at: datetime
    """When it was last asked for and answered, unchanged or not."""
    content_hash: str | None = None
    """Of the article, as in ``revisions``; null for what is none."""
    parser_version: int | None = None
    """That of the content_hash: hashes of two parsers say nothing about an edit."""
    first_at: datetime | None = None
    changed_at: datetime | None = None
    """The fetch that showed its latest change: an edit, a deletion, a return."""
    due_at: datetime | None = None
    """When it is to be asked for again, listed or not; null for never."""
    payload: str | None = None
    """Of an article that came whole: see `newsharvest.crawl.visited.payload_of`."""
    payload_at: datetime | None = None
    """When it came."""

    @property
    def name(self) -> str:
        """An article's key, whatever URL it was seen under; another page's URL."""
        return article_name(self.outlet_id, self.article_id) if self.article_id is not None else self.url

    def conditions(self) -> dict[str, str]:
        """The headers of a request that asks for the page only if it has changed."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        found = {name: value for name, value in named.items() if value}
        # Whatever stands between us and the server (its own page cache, a proxy) is to ask it, not to answer for it.
        return {**found, "Cache-Control": "max-age=0"} if found else {}


def article_name(outlet_id: str, article_id: str) -> str:
    """The name of an article in the state.

    >>> article_name("demo_haeram", "101")
    'demo_haeram/101'
    """
    return f"{outlet_id}/{article_id}"


class CrawlState:
    """One data dir's state. Writes wait until 50 are together, `flush` or `close`; reads see them at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: dict[str, Known] = {}
        self._looked_up: tuple[str, Known | None] | None = None
        self._unknown: set[str] = set()
        """Names that were looked for in vain: a new article is looked for again when it comes."""
        self._ahead: dict[tuple[str, str], tuple[int, int]] = {}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the state, new where there is none; one of another version or damaged is begun anew: it is a cache.

        OSError where the disk is full, read-only or failing.
        """
        make_folder(path.parent)
        with _as_os_errors():
            try:
                return cls(_connected(path))
            except sqlite3.DatabaseError as error:
                if _of_the_disk(error):
                    raise
                for suffix in ("", "-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                return cls(_connected(path))

    @classmethod
    def reading(cls, path: Path) -> Self:
        """Open a state that is there to look at it. sqlite3.DatabaseError for one that is damaged or of another version.

        OSError as for `open`.
        """
        asleep = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"  # else a reader makes files, too
        with _as_os_errors():
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{asleep}", uri=True)
            try:
                _checked(connection)
            except sqlite3.DatabaseError:
                connection.close()
                raise
        return cls(connection)

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file, and rows that name their page otherwise than they should."""
        told = [str(line) for (line,) in self._connection.execute("PRAGMA integrity_check") if line != "ok"]
        names = f"SELECT name, {_COLUMNS} FROM pages"  # noqa: S608
        with closing(self._connection.execute(names)) as rows:
            return told + [f"{name} is the name of another page" for name, *row in rows if _known(row).name != name]

    def names(self) -> Iterator[tuple[str, str]]:
        """Name and URL of every page."""
        self.flush()
        with closing(self._connection.execute("SELECT name, url FROM pages")) as rows:
            yield from rows

    def fetched_but(self, names: Iterable[str]) -> set[str]:
        """The names of the articles that were there when they were last fetched and are none of ``names``."""
        self._connection.execute("CREATE TEMP TABLE others (name TEXT PRIMARY KEY) WITHOUT ROWID")
        self._connection.executemany("INSERT OR IGNORE INTO temp.others VALUES (?)", ((name,) for name in names))
        query = (
            "SELECT name FROM pages WHERE article_id IS NOT NULL AND status = 200"
            " AND name NOT IN (SELECT name FROM temp.others)"
        )
        found = {name for (name,) in self._connection.execute(query)}
        self._connection.execute("DROP TABLE temp.others")
        return found

    @staticmethod
    def bring_up_to_date(path: Path) -> None:
        """Carry a state of an older version on. One that is damaged, or not there, stays as it is."""
        if path.exists():
            with contextlib.suppress(sqlite3.DatabaseError):  # whoever opens it next deals with what it is
                _connected(path).close()

    def get(self, name: str) -> Known | None:
        """What is known of a page."""
        if name in self._waiting:
            return self._waiting[name]
        if self._looked_up is not None and self._looked_up[0] == name:  # a plan asks for a page twice in a row
            return self._looked_up[1]
        if name in self._unknown:
            return None
        row = self._connection.execute(f"SELECT {_COLUMNS} FROM pages WHERE name = ?", (name,)).fetchone()  # noqa: S608
        if row is None:
            self._unknown.add(name)
            return None
        self._looked_up = (name, _known(row))
        return self._looked_up[1]

    def put(self, known: Known) -> None:
        """Remember a page in place of what was known of it."""
        self._waiting[known.name], self._looked_up = known, None
        self._unknown.discard(known.name)
        if len(self._waiting) >= _WAITING_MAX:
            self.flush()

    def listed(self, outlet_id: str) -> Iterator[Known]:
        """The outlet's articles that were there when they were last fetched and that a sitemap listed."""
        self.flush()
        query = f"SELECT {_COLUMNS} FROM pages WHERE outlet_id = ? AND lastmod IS NOT NULL AND status = 200"  # noqa: S608
        with closing(self._connection.execute(query, (outlet_id,))) as rows:
            yield from (known for known in map(_known, rows) if known.article_id is not None)

    def articles(self, outlet_id: str) -> Iterator[tuple[str, str]]:
        """Id and URL of the outlet's articles that were there when they were last fetched."""
        self.flush()
        query = (
            "SELECT article_id, url FROM pages WHERE name >= ? AND name < ? AND article_id IS NOT NULL AND status = 200"
        )
        first, beyond = article_name(outlet_id, ""), f"{outlet_id}0"  # "0" is what follows "/"
        with closing(self._connection.execute(query, (first, beyond))) as rows:
            yield from rows

    def due(self, outlet_id: str, moment: datetime) -> Iterator[Known]:
        """The outlet's articles that are to be asked for again by a moment, the longest due first."""
        self.flush()
        query = f"SELECT {_COLUMNS} FROM pages WHERE outlet_id = ? AND due_at <= ? ORDER BY due_at, name"  # noqa: S608
        with closing(self._connection.execute(query, (outlet_id, _text(moment)))) as rows:
            yield from map(_known, rows)

    def first_seen(self, outlet_id: str, since: datetime) -> int:
        """How many of the outlet's articles were fetched for the first time since a moment."""
        self.flush()
        query = "SELECT count(*) FROM pages WHERE outlet_id = ? AND first_at >= ? AND article_id IS NOT NULL"
        return int(self._connection.execute(query, (outlet_id, _text(since))).fetchone()[0])

    def ask(self, day: date, outlet_id: str) -> None:
        """Count a request at once: a run that is killed has made it all the same.

        Where many were made some are counted ahead, so that not every request is a write: `close` takes back what was not
        made, and a run that is killed leaves up to a tenth too many.
        """
        key = (day.isoformat(), outlet_id)
        ahead, asked = self._ahead.get(key, (0, 0))
        if ahead:
            self._ahead[key] = (ahead - 1, asked)
            return
        number = max(1, min(_AHEAD_MAX, asked // _AHEAD))
        self._ahead[key] = (number - 1, self._count(*key, number))

    def _count(self, day: str, outlet_id: str, number: int) -> int:
        """Add to a day's requests; how many it has now."""
        with _as_os_errors(), self._connection:
            (asked,) = self._connection.execute(_ASKED, (day, outlet_id, number)).fetchone()
        return int(asked)

    def asked(self, day: date) -> dict[str, int]:
        """Requests made on a day, by outlet."""
        rows = self._connection.execute("SELECT outlet_id, requests FROM asked WHERE day = ?", (day.isoformat(),))
        return {name: count - self._ahead.get((day.isoformat(), name), (0, 0))[0] for name, count in rows.fetchall()}

    def set_asked(self, day: date, requests: Mapping[str, int]) -> None:
        """What was asked for on a day, in place of what was counted."""
        self._ahead.clear()
        with _as_os_errors(), self._connection:
            rows = [(day.isoformat(), outlet_id, count) for outlet_id, count in requests.items()]
            self._connection.executemany("INSERT OR REPLACE INTO asked VALUES (?, ?, ?)", rows)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query gives, what waits having been written: for tables that a module has of its own."""
        self.flush()
        with closing(self._connection.execute(query, values)) as found:
            return found.fetchall()

    def write(self, statement: str, *values: object) -> None:
        """Change such a table at once, after what waits."""
        self.flush()
        with _as_os_errors(), self._connection:
            self._connection.execute(statement, values)

    def set_hashes(self, hashes: Iterable[tuple[str, int, str]]) -> None:
        """Content hash and parser version of articles by name; names that are not known are passed over."""
        self.flush()
        self._looked_up = None
        with _as_os_errors(), self._connection:
            self._connection.executemany("UPDATE pages SET content_hash = ?, parser_version = ? WHERE name = ?", hashes)

    def forget_asked(self, before: date) -> None:
        """Drop the counts of days before one."""
        self._ahead = {key: ahead for key, ahead in self._ahead.items() if key[0] >= before.isoformat()}
        with _as_os_errors(), self._connection:
            self._connection.execute("DELETE FROM asked WHERE day < ?", (before.isoformat(),))

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            with _as_os_errors(), self._connection:
                self._connection.executemany(_PUT, [_row(known) for known in self._waiting.values()])
            self._waiting.clear()

    def close(self) -> None:
        """Write what waits and close the file. OSError where the disk is full or fails; the file is closed then, too."""
        with closing(self._connection):
            self.flush()
            for (day, outlet_id), (ahead, _) in self._ahead.items():
                if ahead:
                    self._count(day, outlet_id, -ahead)


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """SQLite's words for a disk that is full, read-only or failing, as the OSError that they stand for."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if not _of_the_disk(error):
            raise
        raise OSError(errno.EIO, f"the crawl state cannot be used: {error}") from error


def _of_the_disk(error: sqlite3.DatabaseError) -> bool:
    """Whether an error says nothing about what the file holds. Those of ours have no code."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF in _DISK_ERRORS


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise sqlite3.DatabaseError(f"crawl state of version {version}")
        for number, step in enumerate(_STEPS[version:], version + 1):
            connection.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")
        _checked(connection)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _checked(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != _VERSION:
        raise sqlite3.DatabaseError(f"crawl state of version {version}")
    connection.execute(f"SELECT {_COLUMNS} FROM pages LIMIT 1").fetchone()  # noqa: S608


def _text(moment: datetime | None) -> str | None:
    """A moment as text whose order is that of time."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _row(known: Known) -> tuple[str | int | None, ...]:
    return (
        known.name,
        known.url,
        known.outlet_id,
        known.article_id,
        known.etag,
        known.last_modified,
        known.lastmod,
        known.status,
        _text(known.fetched_at),
        known.content_hash,
        known.parser_version,
        _text(known.first_at),
        _text(known.changed_at),
        _text(known.due_at),
        known.payload,
        _text(known.payload_at),
    )


def _known(row: Sequence[Any]) -> Known:
    found = dict(zip(_NAMES, row, strict=True))
    times = {name: datetime.fromisoformat(found[name]) if found[name] else None for name in _TIMES}
    return Known(**{**found, **times})
