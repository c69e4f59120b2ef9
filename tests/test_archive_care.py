"""The archive over the years: only what nothing needs may go, and the datasets stay the same without it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsharvest.archive import ArchiveWriter, response_draft, revisit_draft
from newsharvest.archive_care import listed, prunable, prune, verified
from newsharvest.demo.site import Site
from newsharvest.files import DataDir
from newsharvest.operations import rebuild_all
from newsharvest.recover import recover
from newsharvest.store import RunLock, Store
from tests.conftest import frames
from tests.faultsite import answer, fault_site

BORN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = "www.haeram.test"
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def paths() -> list[str]:
    """Two articles' pages of the demo site, plain of weather: nothing but the article is in them."""
    from newsharvest.demo.editions import by_number

    numbers = sorted(by_number("demo_haeram", 1))[:2]
    return [f"/news/articleView.html?idxno={number}" for number in numbers]


def run(data: DataDir, day: int, *answers: tuple[str, int]) -> str:
    """A run of a day that received these answers, landed."""
    at = BORN + day * DAY
    run_id = f"{at:%Y%m%dT%H%M%SZ}-{day:06x}"
    writer = ArchiveWriter(data.archive, run_id)
    for path, status in answers:
        page, url = Site(1).respond(HOST, path), f"http://{HOST}{path}"
        if status == 304:
            writer.append([revisit_draft(url, [], at)])
        else:
            body = page.body if status == 200 else b"<html>gone</html>"
            writer.append([response_draft(url, status, "", list(page.headers.items()), body, at)])
    writer.close()
    with RunLock(data):
        store = Store(data)
        store.resume()
        recover(store)
    return f"{run_id}-00000.warc.gz"


def kept(data: DataDir) -> dict[str, list[dict[str, Any]]]:
    """Every row but logs and the reference tables, which every run lands anew."""
    return frames(data.root, ("runs", "fetches", "outlet_runs", "stations", "outlets", "regions"))


@pytest.fixture
def months(tmp_path: Path) -> tuple[DataDir, list[str]]:
    data = DataDir(tmp_path / "data")
    data.create()
    one, two = paths()
    names = [
        run(data, 0, (one, 200), (two, 200)),
        run(data, 1, (one, 304)),
        run(data, 2, (one, 304)),
        run(data, 3, (one, 304), (two, 404)),
        run(data, 4, ("/news/articleView.html?idxno=999999", 304)),
        run(data, 40, (one, 304)),
    ]
    return data, names


def test_only_what_nothing_needs_may_go(months: tuple[DataDir, list[str]]) -> None:
    data, names = months
    store = Store(data)
    found = prunable(store, 30 * DAY, BORN + 41 * DAY)
    assert [held.name for held in found.gone] == [names[1], names[2]]
    assert found.bytes == sum((data.archive / name).stat().st_size for name in names[1:3])
    assert list(found.kept) == [names[0], *names[3:]]
    assert found.kept[names[0]].startswith("rows: 2 articles")
    assert found.kept[names[3]].endswith("its gone_at is from here") or found.kept[names[3]].endswith(
        "its last_seen_at is from here"
    )
    assert found.kept[names[4]] == "rows: 1 articles", "news of an article whose page has not come yet"
    assert found.kept[names[5]] == "younger than the retention"


def test_datasets_and_rebuilds_are_the_same_without_it(months: tuple[DataDir, list[str]]) -> None:
    data, names = months
    before = kept(data)
    with RunLock(data):
        store = Store(data)
        prune(store, prunable(store, 30 * DAY, BORN + 41 * DAY))
    assert sorted(path.name for path in data.archive.iterdir()) == [names[0], *names[3:]]
    assert Store(data).manifest.pruned == names[1:3]
    assert kept(data) == before
    rebuild_all(data, 1)
    assert kept(data) == before
    assert Store(data).manifest.pruned == names[1:3], "a rebuild does not forget what was pruned"


def test_without_the_proof_rows_would_change(months: tuple[DataDir, list[str]]) -> None:
    """The reason why a file from which no row was taken may still be needed."""
    data, names = months
    before = kept(data)
    with RunLock(data):
        store = Store(data)
        store.drop_archive([names[3]])
        (data.archive / names[3]).unlink()
    rebuild_all(data, 1)
    assert kept(data) != before


def test_a_file_that_is_not_landed_stays(months: tuple[DataDir, list[str]]) -> None:
    data, names = months
    store = Store(data)
    store.manifest.archive[names[1]] -= 1
    assert prunable(store, 30 * DAY, BORN + 41 * DAY).kept[names[1]] == "not yet in the datasets"
    assert [held.committed for held in listed(store)] == [True, False, True, True, True, True]


def test_verify_names_the_damaged_record_and_goes_on(months: tuple[DataDir, list[str]]) -> None:
    data, names = months
    assert [(each.records, each.damaged, each.torn) for each in verified(data)] == [
        (3, (), False), (2, (), False), (2, (), False), (3, (), False), (2, (), False), (2, (), False),
    ]  # fmt: skip
    path = data.archive / names[0]
    content = bytearray(path.read_bytes())
    path.write_bytes(bytes(content[:-20]))
    first = next(verified(data))
    assert (first.records, first.torn) == (2, True)


def test_the_commands(months: tuple[DataDir, list[str]], command: Command) -> None:
    data, names = months
    shown = json.loads(command("archive", "list", "--data-dir", data.root, "--json").stdout)
    assert [each["name"] for each in shown] == names
    assert (shown[0]["rows"]["articles"], shown[1]["rows"]) == (2, {})
    asked = command("archive", "prune", "--data-dir", data.root)
    assert (asked.returncode, "say how old" in asked.stderr) == (2, True)
    options = ("archive", "prune", "--data-dir", data.root, "--older-than", "30d")
    dry = command(*options, env={"NEWSHARVEST_NOW": "2026-04-12T10:00:00+00:00"})
    assert dry.returncode == 0, dry.stderr
    assert f"may go   {names[1]}: no row needs it" in dry.stdout
    assert len(list(data.archive.iterdir())) == 6
    done = command(*options, "--yes", "--json", env={"NEWSHARVEST_NOW": "2026-04-12T10:00:00+00:00"})
    assert json.loads(done.stdout)["files"] == names[1:3]
    assert len(list(data.archive.iterdir())) == 4
    checked = command("archive", "verify", "--data-dir", data.root)
    assert (checked.returncode, checked.stdout.strip()) == (0, "4 files, 10 records, 0 damaged")


# --- tickers: who else shows them

TICKER_HOST, LIST = "www.sorae.test", "/news/section_list_all.html?sec_no=1&page=1"


def test_a_ticker_that_other_files_show_on_the_same_page_keeps_no_file(tmp_path: Path, command: Command) -> None:
    """Four runs of a day see one ticker on the same page, the third on a second page, too."""
    data, body = tmp_path / "data", Site(1).respond(TICKER_HOST, LIST).body.replace(b"article.html?no=", b"nothing?")
    routes: dict[tuple[str, str], Any] = {(TICKER_HOST, LIST): answer(body), (TICKER_HOST, "/robots.txt"): answer("")}
    data.mkdir()
    (data / "newsharvest.toml").write_text(
        "[pace]\nhost_delay = 0\naddress_delay = 0\nvendor_delay = 0\n", encoding="utf-8"
    )
    with fault_site(routes) as site:
        for hour in (10, 11, 12, 12.5):
            if hour == 12:
                site.routes[TICKER_HOST, "/data/rss/news.xml"] = answer(body)
            moment = f"2026-03-02T{int(hour)}:{int(hour % 1 * 60):02}"
            done = command(
                "crawl",
                "demo_sorae",
                "--data-dir",
                data,
                env={"NEWSHARVEST_DEMO_PROXY": site.url, "NEWSHARVEST_NOW": moment},
            )
            assert done.returncode == 3, "the paper's other pages are not there"
            site.routes.pop((TICKER_HOST, "/data/rss/news.xml"), None)
    files = sorted(path.name for path in (data / "archive").iterdir())
    sizes = {path.name: path.stat().st_size for path in (data / "archive").iterdir()}
    before = kept(DataDir(data))
    (bulletin,) = before["bulletins"]
    assert len(bulletin["pages"]) == 2
    later = {"NEWSHARVEST_NOW": "2026-06-02T10:00"}
    found = json.loads(
        command("archive", "prune", "--data-dir", data, "--older-than", "30d", "--yes", "--json", env=later).stdout
    )
    assert found["files"] == [files[1]], found
    assert found["bytes"] == sizes[files[1]]
    assert found["proofs"][files[1]].endswith("rows, which files that stay give, too")
    assert found["kept"][files[0]].startswith("rows: ")
    assert "nothing else shows it on http://www.sorae.test/data/rss/news.xml" in found["kept"][files[2]]
    assert "its last_seen_at is from here" in found["kept"][files[3]]
    assert kept(DataDir(data)) == before
    rebuild_all(DataDir(data), 1)
    assert kept(DataDir(data)) == before
