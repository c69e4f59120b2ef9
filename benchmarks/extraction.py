"""Extraction quality on saved pages: ``python -m benchmarks.extraction PAGE_OR_FOLDER…``, each page with its truth beside it.

``name.html`` needs ``name.truth.json`` with url, title, body (paragraphs joined by a newline) and published_at (ISO 8601 or
null). A folder with ``html``, ``txt`` and ``metadata`` is read as newspaper4k's ``tests/data``: its texts are the truth. Every extractor that is installed reads the same pages in one run: ours as a re-parse would, trafilatura (fast, and its
default) where it can be imported. The score is that of the article extraction benchmark: token 4-grams as a multiset.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from newsharvest.harvest import harvest
from newsharvest.items import Article
from newsharvest.page import Page
from pipelines.credits import credit_article
from pipelines.dates import date_article
from pipelines.text import clean_article

_TOKEN = re.compile(r"\w+")
_SHINGLE = 4


@dataclass(frozen=True, slots=True)
class Case:
    """A saved page and what it says."""

    path: Path
    truth: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Extracted:
    """What an extractor gave; ``day`` is the date's first ten characters."""

    title: str | None
    body: str
    day: str | None
    note: str = ""


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The token 4-grams of a text; of a shorter text the one gram it is."""
    tokens = _TOKEN.findall(text)
    size = min(_SHINGLE, len(tokens))
    return Counter(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)) if tokens else Counter()


def f1(found: str, wanted: str) -> float:
    """The F1 of two texts' shingles; 1 for two empty ones.

    >>> f1("a b c d e", "a b c d e"), f1("", "a b c d")
    (1.0, 0.0)
    """
    left, right = shingles(found), shingles(wanted)
    if not left and not right:
        return 1.0
    same = (left & right).total()
    return 2 * same / (left.total() + right.total())


def cases(paths: list[Path]) -> Iterator[Case]:
    """The pages of files and folders that have a truth."""
    for path in paths:
        if (path / "metadata").is_dir():
            yield from newspaper_cases(path)
            continue
        pages = sorted(path.glob("*.html")) if path.is_dir() else [path]
        for page in pages:
            truth = page.with_name(f"{page.name.removesuffix('.html')}.truth.json")
            if truth.exists():
                yield Case(page, json.loads(truth.read_text(encoding="utf-8")))


def newspaper_cases(data: Path) -> Iterator[Case]:
    """The articles of newspaper4k's own tests that have a text and an address."""
    for stated in sorted((data / "metadata").glob("*.json")):
        page, text = data / "html" / f"{stated.stem}.html", data / "txt" / f"{stated.stem}.txt"
        facts = json.loads(stated.read_text(encoding="utf-8"))
        if page.exists() and text.exists() and facts.get("url"):
            day = facts.get("publish_date")
            lines = filter(None, map(str.strip, text.read_text(encoding="utf-8").splitlines()))
            truth = {"url": facts["url"], "title": facts["title"], "body": "\n".join(lines)}
            yield Case(page, truth | {"published_at": None if day in (None, "None") else str(day)})


def ours(case: Case) -> Extracted:
    """newsharvest: harvest and the pipelines that read an article."""
    items = harvest(Page(case.truth["url"], case.path.read_bytes()))
    article = next((item for item in items if isinstance(item, Article)), None)
    if article is None:
        return Extracted(None, "", None, f"{items}"[:80])
    clean_article(article)
    credit_article(article)
    date_article(article)
    day = in_zone_of(case.truth["published_at"], article.published_at)
    return Extracted(article.title, article.body or "", day, article.extractors.get("paragraphs", "no body"))


def in_zone_of(stated: str | None, found: datetime | None) -> str | None:
    """The day of a time in the zone that the truth is stated in: 19:53 UTC is the next day in Seoul."""
    zone = datetime.fromisoformat(stated).tzinfo if stated else None
    if found is None:
        return None
    return (found.astimezone(zone) if zone else found).isoformat()[:10]


def trafilatura(case: Case, *, fast: bool) -> Extracted:
    """trafilatura with its metadata."""
    from trafilatura import bare_extraction

    found = bare_extraction(
        case.path.read_bytes(), url=case.truth["url"], fast=fast, with_metadata=True, include_comments=False
    )
    if found is None:
        return Extracted(None, "", None)
    return Extracted(found.title, found.text or "", found.date)


def extractors() -> dict[str, Callable[[Case], Extracted]]:
    """Ours and the installed peers."""
    found: dict[str, Callable[[Case], Extracted]] = {"newsharvest": ours}
    if find_spec("trafilatura"):
        found["trafilatura fast"] = lambda case: trafilatura(case, fast=True)
        found["trafilatura"] = lambda case: trafilatura(case, fast=False)
    return found


def folded(text: str | None) -> str:
    """A title for comparison: white space folded."""
    return " ".join((text or "").split())


def score(name: str, extract: Callable[[Case], Extracted], known: list[Case], *, verbose: bool) -> None:
    """Run one extractor over all pages and print its line."""
    began = time.process_time()
    results = [extract(case) for case in known]
    spent = time.process_time() - began
    values = [f1(result.body, case.truth["body"] or "") for case, result in zip(known, results, strict=True)]
    titles = sum(folded(r.title) == folded(c.truth["title"]) for c, r in zip(known, results, strict=True))
    days = [(r.day, (c.truth["published_at"] or "")[:10] or None) for c, r in zip(known, results, strict=True)]
    right, wrong = sum(a == b for a, b in days), sum(a is not None and a != b for a, b in days)
    print(
        f"{name:18} F1 {sum(values) / len(values):.3f}  title {titles}/{len(known)}  day right {right} wrong {wrong} "
        f"of {len(known)}  {1000 * spent / len(known):.1f} ms a page"
    )
    if verbose:
        for case, result, value in zip(known, results, values, strict=True):
            print(f"   {value:.3f} {case.path.name[:50]:50} {result.day} {result.note} {folded(result.title)[:60]}")


def main() -> int:
    """Print one line an extractor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    known = list(cases(options.paths))
    if not known:
        print("no page with a .truth.json beside it", file=sys.stderr)
        return 2
    for name, extract in extractors().items():
        score(name, extract, known, verbose=options.verbose)
    return 0


if __name__ == "__main__":
    sys.exit(main())
