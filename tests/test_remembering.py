"""The crawl state made anew from the archive is the one that was lost: the next crawl asks as it would have."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsharvest.crawl.remembering import remember, remember_if_lost
from newsharvest.crawl.state import FILE, CrawlState
from newsharvest.crawl.visited import PENDING_STATUS
from newsharvest.demo.server import serve
from newsharvest.doctor import mend
from newsharvest.files import DataDir
from newsharvest.schema import DATASETS
from newsharvest.store import Store
from tests.care_tools import copied, crawl, of, rewrite

pytestmark = pytest.mark.xdist_group("doctor")
OUTLETS = "demo_haeram,demo_short"


def known(data: DataDir) -> dict[str, tuple[Any, ...]]:
    """Every page of the state: validators, lastmod, status, time."""
    with sqlite3.connect(data.state / FILE) as state:
        return {row[0]: row for row in state.execute("SELECT * FROM pages")}


def walks(data: DataDir) -> dict[str, str]:
    """Lists that were walked to their end, and when."""
    with sqlite3.connect(data.state / FILE) as state:
        return dict(state.execute("SELECT name, walked_at FROM walks WHERE reached = 0"))


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataDir]:
    """Two days of a paper: edits, deletions, 304s. Read only."""
    data = DataDir(tmp_path_factory.mktemp("remembering") / "data")
    for day in (1, 2):
        with serve(day, max_seconds=120) as server:
            crawl(data.root, server, OUTLETS)
    return data


def test_it_is_the_state_that_was_lost_row_by_row(crawled: DataDir, tmp_path: Path) -> None:
    data = copied(crawled.root, tmp_path / "data")
    shutil.rmtree(data.state)
    data.create()
    assert remember_if_lost(Store(data)) > 130
    made, lost = known(data), known(crawled)
    assert made == lost
    assert Counter(row[7] for row in made.values())[404] >= 1, "a deleted article is known to be gone"
    assert sum(row[4] is not None for row in made.values()) > 100, "etags"
    assert sum(row[6] is not None for row in made.values()) > 100, "lastmods of sitemaps"
    assert sum(row[3] is None for row in made.values()) >= 4, "sitemaps, feeds and lists"
    assert walks(data).keys() == walks(crawled).keys()
    assert all(walks(data)[name] >= at for name, at in walks(crawled).items()), "what is known by then is old"


def test_the_next_crawl_asks_on_condition_as_before(crawled: DataDir, tmp_path: Path) -> None:
    """Whether that crawl makes the state anew or the doctor did before."""
    answers = []
    for name in ("kept", "lost", "mended"):
        data = copied(crawled.root, tmp_path / name)
        if name != "kept":
            shutil.rmtree(data.state)
            data.create()
        if name == "mended":
            assert mend(data).left == []
        with serve(2, max_seconds=120) as server:
            crawl(data.root, server, OUTLETS)
            asked = ((seen.host, seen.path, seen.status) for seen in server.requests)
            answers.append(sorted(each for each in asked if each[1] != "/robots.txt"))  # kept by the state alone
    kept, lost, mended = answers
    assert lost == kept
    assert mended == kept
    assert Counter(status for _, _, status in kept)[304] >= 4


def test_pages_of_a_run_that_was_cut_short_are_asked_for_anew(tmp_path: Path) -> None:
    """What a validator would hide is not here: sitemap, feeds and lists of a limited run carry none."""
    data = DataDir(tmp_path / "data")
    with serve(1, max_seconds=120) as server:
        crawl(data.root, server, "demo_haeram", "-a", "limit=5")
    held = known(data)
    shutil.rmtree(data.state)
    data.create()
    remember(Store(data))
    made = known(data)
    assert {name: row for name, row in made.items() if row[3] is not None} == {
        name: row for name, row in held.items() if row[3] is not None and row[7] != PENDING_STATUS
    }, "what was found and not fetched is found again"
    assert sum(row[7] == PENDING_STATUS for row in held.values()) > 20
    assert [name for name, row in made.items() if row[3] is None] == []


def test_pages_that_could_not_be_read_are_asked_for_again(crawled: DataDir, tmp_path: Path) -> None:
    """A reject without an article: as a crawl remembers it."""
    data = copied(crawled.root, tmp_path / "data")
    path = of(data, "articles")[0]
    outlet_id = path.parent.name.partition("=")[2]
    store = Store(data)
    (gone,) = store.as_rows(DATASETS["articles"], f"{path.parent.name}/{path.name}", _first(path))
    rewrite(data, path, lambda table: table.filter(_other_than(table, gone["article_id"])))
    reject = dict.fromkeys(column.name for column in DATASETS["rejects"].columns)
    facts = {
        "page_key": gone["url"],
        "stage": "parse",
        "reason": "not_article",
        "url": gone["url"],
        "content_hash": "0",
    }
    row = {**reject, **facts, "parser_version": 1, "fetched_at": gone["fetched_at"]}
    from newsharvest.files import file_of

    Store(data).commit({("rejects", file_of("rejects", row)): [row]})
    remember(Store(data))
    name = f"{outlet_id}/{gone['article_id']}"
    assert known(data)[name][7] == 0
    assert known(crawled)[name][7] == 200


def _first(path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(path, partitioning=None).slice(0, 1)


def _other_than(table: Any, article_id: str) -> Any:
    import pyarrow.compute as pc

    return pc.not_equal(table["article_id"], article_id)


def test_a_damaged_state_is_made_anew_and_a_sound_one_left(crawled: DataDir, tmp_path: Path) -> None:
    data = copied(crawled.root, tmp_path / "data")
    assert remember_if_lost(Store(data)) == 0
    (data.state / FILE).write_bytes(b"nothing of SQLite" * 100)
    assert remember_if_lost(Store(data)) > 130
    assert known(data) == known(crawled)
    state = CrawlState.reading(data.state / FILE)
    assert state.check() == []
    state.close()
