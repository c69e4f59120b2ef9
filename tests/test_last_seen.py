"""A ticker was last seen when a page that is not forgotten showed it last."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks import corpus
from newsharvest import operations
from newsharvest.files import DataDir
from newsharvest.forget import forget
from newsharvest.page import Page
from newsharvest.store import RunLock, Store
from tests.conftest import frames

OUTLETS = len(corpus.OUTLETS)
PAGES = corpus.pages(4 * OUTLETS)[::OUTLETS]
"""Four pages of one outlet that show one ticker."""
LATER = timedelta(hours=1)


def at(page: Page) -> datetime:
    assert page.fetched_at is not None
    return page.fetched_at


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "d")
    made.create()
    corpus.archived(PAGES, made.archive, "20260302T000000Z-abcdef")
    operations.rebuild_all(made, 1)
    assert bulletin(made)["last_seen_at"] == at(PAGES[3])
    return made


def bulletin(data: DataDir) -> dict[str, Any]:
    [row] = frames(data.root)["bulletins"]
    return row


def forgotten(data: DataDir, *chosen: Page) -> dict[str, Any]:
    """The bulletin after pages are forgotten; a rebuild changes nothing of it or any other row."""
    with RunLock(data):
        forget(Store(data), [page.url for page in chosen if page.url])
    after = frames(data.root)
    operations.rebuild_all(data, 1)
    assert frames(data.root) == after
    return bulletin(data)


def test_the_last_page(data: DataDir) -> None:
    before = bulletin(data)
    after = forgotten(data, PAGES[3])
    assert (after["last_seen_at"], after["pages"]) == (at(PAGES[2]), sorted(str(page.url) for page in PAGES[:3]))
    assert {**after, "pages": 0, "last_seen_at": 0} == {**before, "pages": 0, "last_seen_at": 0}


def test_a_page_between(data: DataDir) -> None:
    assert forgotten(data, PAGES[1])["last_seen_at"] == at(PAGES[3])


def test_all_but_the_page_it_was_read_from(data: DataDir) -> None:
    assert forgotten(data, *PAGES[1:])["last_seen_at"] == at(PAGES[0])


def test_the_page_it_was_read_from_and_the_last(data: DataDir) -> None:
    """Its row is carried over as it is: the readings' page is gone."""
    after = forgotten(data, PAGES[0], PAGES[3])
    assert (after["url"], after["flags"], after["last_seen_at"]) == (None, ["page_forgotten"], at(PAGES[3]))


def test_a_page_of_a_file_outside_the_archive(data: DataDir, tmp_path: Path) -> None:
    """A later visit of the second page, in another's WARC file."""
    again = dataclasses.replace(PAGES[1], fetched_at=at(PAGES[1]) + LATER)
    (tmp_path / "outside").mkdir()
    corpus.archived([again], tmp_path / "outside", "20260303T000000Z-abcdef")
    operations.add(data, [tmp_path / "outside"], 1)
    assert bulletin(data)["last_seen_at"] == at(again)
    assert forgotten(data, PAGES[3])["last_seen_at"] == at(again)
