"""What was forgotten, as salted hashes: enough to keep an article out, not enough to tell which one it was.

A forgotten article's rows are dropped wherever they come from. A ticker on its page is no part of it: the readings stay,
without the page's address.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from newsharvest.cms.keys import article_key
from newsharvest.files import TOMBSTONES, DataDir
from newsharvest.reference import outlet_for
from newsharvest.schema import Row

PAGE_FORGOTTEN = "page_forgotten"
_BODY = "sha1:"
_NAMELESS = "x-"


def article_name(outlet_id: str, article_id: str) -> str:
    """The name of an article that is hashed.

    >>> article_name("demo_haeram", "101")
    'demo_haeram/101'
    """
    return f"{outlet_id}/{article_id}"


def names_of_page(page: str) -> tuple[str, ...]:
    """Every name under which a page (its URL, or ``sha1:…`` of its body) may have been forgotten.

    >>> names_of_page("http://www.a.kr/news/articleView.html?idxno=42&page=3")
    ('http://www.a.kr/news/articleView.html?idxno=42&page=3', 'a_kr/42')
    """
    if page.startswith(_BODY):
        return page, f"unknown/{_NAMELESS}{page.removeprefix(_BODY)}"
    key = article_key(page, outlet_for(page))
    return (page,) if key is None else (page, article_name(key.outlet_id, key.article_id))


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The hashes of one data dir. Empty where nothing was ever forgotten.

    ``others``: those of data dirs that were merged into it, each with its own salt.
    """

    salt: str = ""
    hashes: frozenset[str] = frozenset()
    others: tuple[Tombstones, ...] = ()

    @classmethod
    def load(cls, data: DataDir) -> Tombstones:
        """The data dir's; ValueError with the path where the file is damaged: nothing may be landed without it."""
        path = data.datasets / TOMBSTONES
        if not path.exists():
            return cls()
        try:
            return cls._of(json.loads(path.read_text(encoding="utf-8")))
        except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is damaged: {error!r}") from error

    @classmethod
    def _of(cls, document: dict[str, Any]) -> Tombstones:
        """Files written before the first merge have no others."""
        others = tuple(map(cls._of, document.get("others", ())))
        return cls(document["salt"], frozenset(document["hashes"]), others)

    def __bool__(self) -> bool:
        return bool(self.hashes) or any(self.others)

    def with_names(self, names: Iterable[str]) -> Tombstones:
        """With more names forgotten; the first make the salt."""
        salted = Tombstones(self.salt or secrets.token_hex(16), self.hashes)
        return Tombstones(salted.salt, self.hashes | {salted.hashed(name) for name in names}, self.others)

    def as_bytes(self) -> bytes:
        """The document that `load` reads."""
        return json.dumps(self._document(), indent=1).encode()

    def _document(self) -> dict[str, Any]:
        others = [other._document() for other in self.others]  # noqa: SLF001 - its own class
        return {"salt": self.salt, "hashes": sorted(self.hashes), **({"others": others} if others else {})}

    def hashed(self, name: str) -> str:
        """A name's salted SHA-256."""
        return hashlib.sha256(f"{self.salt}:{name}".encode()).hexdigest()

    def hold(self, name: str) -> bool:
        """Whether a name was forgotten."""
        return self.hashed(name) in self.hashes or any(other.hold(name) for other in self.others)

    def hold_page(self, page: str | None) -> bool:
        """Whether a page, named by URL or body, was forgotten, or shows an article that was."""
        return page is not None and any(map(self.hold, names_of_page(page)))

    def kept(self, dataset: str, rows: list[Row]) -> list[Row]:
        """The rows that may be landed, freed of forgotten pages; the same list where nothing was ever forgotten."""
        return [kept for row in rows if (kept := _RULES[dataset](self, row)) is not None] if self else rows


def united(several: Iterable[Tombstones]) -> Tombstones:
    """What any of several has forgotten: hashes by their salt, whatever the order."""
    by_salt: dict[str, frozenset[str]] = {}
    for stones in several:
        for one in (stones, *stones.others):
            if one.hashes:
                by_salt[one.salt] = by_salt.get(one.salt, frozenset()) | one.hashes
    first, *others = (Tombstones(salt, by_salt[salt]) for salt in sorted(by_salt)) if by_salt else (Tombstones(),)
    return Tombstones(first.salt, first.hashes, tuple(others))


def _article(stones: Tombstones, row: Row) -> Row | None:
    forgotten = stones.hold(article_name(row["outlet_id"], row["article_id"])) or stones.hold_page(row["url"])
    return None if forgotten else row


def _derived(stones: Tombstones, row: Row) -> Row | None:
    return None if stones.hold(article_name(row["outlet_id"], row["article_id"])) else row


def _reject(stones: Tombstones, row: Row) -> Row | None:
    return None if stones.hold_page(row["page_key"]) else row


def _bulletin(stones: Tombstones, row: Row) -> Row:
    pages = [page for page in row["pages"] if not stones.hold_page(page)]
    freed = _without_address(stones, row)
    if freed is row and len(pages) == len(row["pages"]):
        return row
    flags = row["flags"] if freed is row else sorted({*row["flags"], PAGE_FORGOTTEN})
    return {**freed, "pages": pages, "flags": flags}


def _without_address(stones: Tombstones, row: Row) -> Row:
    """A row whose own page was forgotten, without its URL and file; its record's place stays: nothing is there any more."""
    return {**row, "url": None, "source_file": None} if stones.hold_page(row["url"]) else row


def _fetch(stones: Tombstones, row: Row) -> Row:
    return {**row, "url": None} if stones.hold_page(row["url"]) else row


def _any(_stones: Tombstones, row: Row) -> Row:
    return row


_RULES: Mapping[str, Callable[[Tombstones, Row], Any]] = {
    "articles": _article,
    "revisions": _article,
    "clusters": _derived,
    "rejects": _reject,
    "bulletins": _bulletin,
    "observations": _without_address,
    "forecasts": _without_address,
    "fetches": _fetch,
    "runs": _any,
    "outlet_runs": _any,
    "stations": _any,
    "outlets": _any,
    "regions": _any,
}


def may_name_pages(dataset: str) -> bool:
    """Whether rows of a dataset can name an article or a page: those of runs, stations and the like cannot.

    >>> may_name_pages("articles"), may_name_pages("stations")
    (True, False)
    """
    return _RULES[dataset] is not _any
