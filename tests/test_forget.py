"""Forgetting: out of every dataset, the crawl state, exports and the archive; nothing brings it back; others stay readable."""

from __future__ import annotations

import csv
import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from fastwarc.warc import ArchiveIterator
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from newsharvest import operations
from newsharvest.archive import Damaged, pages
from newsharvest.demo.server import DemoServer, serve
from newsharvest.doctor import examine, mend
from newsharvest.exports import NotFreeableError, freed
from newsharvest.files import DataDir, Export, ExportFile, export_folders, remember_export, sha256_of
from newsharvest.forget import forget, preview
from newsharvest.recover import recover
from newsharvest.store import RunLock, Store
from newsharvest.tombstones import Tombstones
from tests.care_tools import copied, crawl, everything, warc
from tests.conftest import REPO

pytestmark = pytest.mark.xdist_group("doctor")
Run = Callable[..., Any]
OUTLET = "demo_noeul"


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with serve(1, max_seconds=240) as running:
        yield running


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, server: DemoServer) -> Path:
    root = tmp_path_factory.mktemp("forget") / "data"
    crawl(root, server, OUTLET, "-a", "limit=14")
    return root


@pytest.fixture
def data(template: Path, tmp_path: Path) -> DataDir:
    return copied(template, tmp_path / "data")


@pytest.fixture
def article(data: DataDir) -> dict[str, Any]:
    """The article to be forgotten: the last whose page shows a ticker that was read from another page."""
    held = everything(data)
    shown = {page for row in held["bulletins"] for page in row["pages"] if page != row["url"]}
    return max((row for row in held["articles"] if row["url"] in shown), key=lambda row: row["fetched_at"])


def forgotten(data: DataDir, *wanted: str) -> Any:
    with RunLock(data):
        return forget(Store(data), wanted)


def traces(root: Path, article: dict[str, Any]) -> list[str]:
    """The files that hold the article's URL or title, packed or not. Independent of the code under test."""
    needles = [article["url"].encode(), article["title"].encode()]
    found = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content = repr(pq.read_table(path, partitioning=None).to_pydict()).encode()
        elif path.name.endswith(".warc.gz"):
            content = b"".join(own_record(page.body, page.url) for page in pages(path) if not isinstance(page, Damaged))
        if any(needle in content for needle in needles):
            found.append(path.relative_to(root).as_posix())
    return found


def own_record(body: bytes, url: str | None) -> bytes:
    """What a page itself is about: lists and feeds that mention other articles are not those."""
    return f"{url}\n".encode() + (body if (url and "/news/" in url) or "/view" in (url or "") else b"")


def test_nothing_of_it_is_left_and_all_else_stays(data: DataDir, article: dict[str, Any]) -> None:
    before = everything(data)
    held = traces(data.root, article)
    assert any(name.startswith("datasets/articles") for name in held)
    assert any(name.startswith("archive/") for name in held)
    assert "state/crawl.sqlite3" in held
    report = forgotten(data, f"{OUTLET}/{article['article_id']}")
    assert (report.articles, report.records, report.state_rows, report.unreadable) == (
        [f"{OUTLET}/{article['article_id']}"], 1, 1, [],
    )  # fmt: skip
    assert traces(data.root, article) == []
    after = everything(data)
    for name in ("articles", "revisions"):
        kept = [row for row in before[name] if row["article_id"] != article["article_id"]]
        assert after[name] == kept
    readings = [[{k: v for k, v in r.items() if k != "url"} for r in rows] for rows in (
        before["observations"], after["observations"],
    )]  # fmt: skip
    assert sorted(map(repr, readings[0])) == sorted(map(repr, readings[1])), "the ticker's readings are facts and stay"
    assert examine(data) == []


def test_other_rows_still_resolve_in_both_readers(data: DataDir, article: dict[str, Any]) -> None:
    path = warc(data)
    with path.open("rb") as stream:
        before = [record.rec_headers.get_header("WARC-Target-URI") for record in WarcioIterator(stream)]
    size = path.stat().st_size
    forgotten(data, article["url"])
    assert path.stat().st_size == size
    with path.open("rb") as stream:
        after = [record.rec_headers.get_header("WARC-Target-URI") for record in WarcioIterator(stream)]
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [(article["url"], None)]
    with path.open("rb") as stream:
        fast = [record.headers.get("WARC-Target-URI") for record in ArchiveIterator(stream, verify_digests=True)]
    assert [url for url in fast if url] == [url for url in after if url]
    for row in everything(data)["articles"]:
        page = next(pages(path, row["warc_record_offset"]))
        assert not isinstance(page, Damaged)
        assert (page.url, page.record and page.record.warc_record_length) == (row["url"], row["warc_record_length"])


def test_only_a_salted_hash_stays(data: DataDir, article: dict[str, Any]) -> None:
    forgotten(data, article["url"])
    stones = json.loads((data.datasets / "_tombstones.json").read_text())
    assert set(stones) == {"salt", "hashes"}
    assert all(len(each) == 64 for each in stones["hashes"])
    assert article["article_id"] not in json.dumps(stones).replace(stones["salt"], "").replace(
        "".join(stones["hashes"]), ""
    )


def test_no_way_brings_it_back(
    data: DataDir, article: dict[str, Any], template: Path, server: DemoServer, tmp_path: Path
) -> None:
    """Rebuild, re-parse of a copy, recovery of its record, crawl: and the crawl does not even ask for it."""
    forgotten(data, article["url"])
    after = everything(data)
    operations.rebuild_all(data, 1)
    assert everything(data) == after
    (copy,) = DataDir(template).archive.glob("*.warc.gz")
    operations.add(data, [copy], 1)
    assert article["url"] not in {row["url"] for row in everything(data)["articles"]}
    shutil.copy(copy, data.archive / "20200101T000000Z-000000-00000.warc.gz")
    with RunLock(data):
        recover(Store(data))
    assert article["url"] not in {row["url"] for row in everything(data)["articles"]}
    (data.archive / "20200101T000000Z-000000-00000.warc.gz").unlink()
    asked = len(server.requests)
    shutil.rmtree(data.state)
    crawl(data.root, server, OUTLET, "-a", "limit=12")
    host, _, path = article["url"].removeprefix("http://").partition("/")
    assert (host, f"/{path}") not in {(seen.host, seen.path) for seen in server.requests[asked:]}
    assert article["url"] not in {row["url"] for row in everything(data)["articles"]}
    assert len(everything(data)["articles"]) == 13 + 12


def test_what_comes_back_past_us_is_found_and_forgotten_again(
    data: DataDir, article: dict[str, Any], template: Path
) -> None:
    """A backup's archive copied in: the doctor finds the record and its removal leaves the others."""
    forgotten(data, article["url"])
    (copy,) = DataDir(template).archive.glob("*.warc.gz")
    shutil.copy(copy, data.archive / copy.name)
    (finding,) = examine(data)
    assert (finding.code, finding.place) == ("forgotten_left", f"archive/{copy.name}@{article['warc_record_offset']}")
    mended = mend(data)
    assert mended.left == []
    assert traces(data.root, article) == []


def _killed_half_way(data: DataDir, url: str) -> None:
    """A `forget` whose rows are gone and whose records are not."""
    from newsharvest import forget as module

    def killed(_: object) -> None:
        raise SystemExit(9)

    with pytest.MonkeyPatch.context() as patch, RunLock(data):
        patch.setattr(module, "finish", lambda data: module.Forgotten() if not module.pending(data) else killed(data))
        with pytest.raises(SystemExit):
            forget(Store(data), [url])


def test_a_killed_forget_is_finished_by_the_doctor(data: DataDir, article: dict[str, Any]) -> None:
    _killed_half_way(data, article["url"])
    codes = {finding.code for finding in examine(data)}
    assert codes == {"pending_forget", "forgotten_left"}
    assert mend(data).left == []
    assert traces(data.root, article) == []


def test_a_killed_forget_is_finished_by_the_next_run(data: DataDir, article: dict[str, Any]) -> None:
    _killed_half_way(data, article["url"])
    assert traces(data.root, article) != []
    with RunLock(data):
        recover(Store(data))
    assert traces(data.root, article) == []
    assert examine(data) == []


def test_a_preview_changes_nothing(data: DataDir, article: dict[str, Any]) -> None:
    before = {path: path.read_bytes() for path in data.root.rglob("*") if path.is_file()}
    seen = preview(Store(data), [article["url"]])
    assert seen.articles == [f"{OUTLET}/{article['article_id']}"]
    assert (seen.rows["articles"], seen.rows["revisions"], seen.records) == (1, 1, 1)
    assert seen.rows["fetches"] == 1
    assert {path: path.read_bytes() for path in data.root.rglob("*") if path.is_file()} == before


# --- exports


def exported(data: DataDir, folder: Path) -> Export:
    """What an export writes: Parquet with its folders, CSV for Excel, JSON lines."""
    frame = pd.read_parquet(data.datasets / "articles", columns=["outlet_id", "article_id", "url", "title"])
    folder.mkdir()
    frame.astype(str).to_csv(folder / "articles.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    bulletins = pd.read_parquet(data.datasets / "bulletins", columns=["bulletin_id", "url", "pages"])
    lines = [
        json.dumps({**row, "pages": list(row["pages"])}, ensure_ascii=False) for row in bulletins.to_dict("records")
    ]
    (folder / "bulletins.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copytree(data.datasets / "revisions", folder / "revisions")
    names = ["articles.csv", "bulletins.jsonl", *(p.relative_to(folder).as_posix() for p in folder.rglob("*.parquet"))]
    files = {
        name: ExportFile(name.partition("/")[0].partition(".")[0], name.rpartition(".")[2], sha256_of(folder / name), 0)
        for name in names
    }
    export = Export(folder, "export", files, {"licence": "see the outlets"})
    remember_export(data, export)
    return export


def test_exports_are_freed_wherever_they_lie(data: DataDir, article: dict[str, Any], tmp_path: Path) -> None:
    export = exported(data, tmp_path / "elsewhere")
    assert export_folders(data) == [tmp_path / "elsewhere"]
    assert len(traces(export.folder, article)) == 3
    report = forgotten(data, article["url"])
    assert report.exports[str(export.folder)] >= 3
    assert traces(export.folder, article) == []
    with (export.folder / "articles.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["article_id"] for row in rows] == [row["article_id"] for row in everything(data)["articles"]] or len(
        rows
    ) == 13
    assert (export.folder / "articles.csv").read_bytes().startswith(b"\xef\xbb\xbfoutlet_id,")
    again = Export.load(export.folder)
    assert (again.kind, again.facts) == ("export", {"licence": "see the outlets"})
    for name, facts in again.files.items():
        if asdict(facts) != asdict(export.files[name]):
            assert facts.sha256 == sha256_of(export.folder / name)
    assert examine(data) == []


def test_an_export_that_cannot_be_searched_is_told(data: DataDir, article: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "excel"
    folder.mkdir()
    (folder / "a.xlsx").write_bytes(b"PK")
    remember_export(data, Export(folder, "export", {"a.xlsx": ExportFile("articles", "xlsx", "", 1)}))
    (tmp_path / "gone").mkdir()
    remember_export(data, Export(tmp_path / "gone", "snapshot", {}))
    shutil.rmtree(tmp_path / "gone")
    report = forgotten(data, article["url"])
    assert len(report.unreadable) == 2
    assert sorted(line.partition(": ")[0] for line in report.unreadable) == sorted([str(folder), f"{tmp_path}/gone"])
    assert any("xlsx files cannot be searched" in line for line in report.unreadable)
    assert [(f.code, f.place) for f in examine(data)] == [
        ("forgotten_left", f"{folder}/a.xlsx"), ("export_elsewhere", f"{tmp_path}/gone"),
    ]  # fmt: skip


def test_rows_of_exports() -> None:
    stones = Tombstones("s").with_names(["a_kr/42", "http://a.kr/news/articleView.html?idxno=42"])
    url = "http://a.kr/news/articleView.html?idxno=42"
    other = "http://a.kr/news/articleView.html?idxno=43"
    assert freed(stones, {"outlet_id": "a_kr", "article_id": "42", "title": "x"}, "clusters") is None
    assert freed(stones, {"article_id": "42", "url": url}, "articles") is None
    kept = {"outlet_id": "a_kr", "article_id": "43", "url": other}
    assert freed(stones, kept, "articles") is kept
    assert freed(stones, {"url": url, "stn_id": 90}, "observations") == {"url": None, "stn_id": 90}
    assert freed(stones, {"url": other, "pages": [url, other]}, "bulletins") == {"url": other, "pages": [other]}
    assert freed(stones, {"page_key": url, "reason": "x"}, "rejects") is None


def test_a_file_without_names_cannot_be_freed(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"title": "x"}\n')
    from newsharvest.exports import free

    export = Export(tmp_path, "export", {"t.jsonl": ExportFile("articles", "jsonl", "", 1)})
    with pytest.raises(NotFreeableError, match="no column names an article"):
        free(export, Tombstones("s").with_names(["a_kr/42"]))


def test_every_dataset_has_a_rule() -> None:
    from newsharvest.schema import DATASETS
    from newsharvest.tombstones import _RULES

    assert set(_RULES) == set(DATASETS)


# --- the command


def test_the_command(command: Run, data: DataDir, article: dict[str, Any], tmp_path: Path) -> None:
    name, place = f"{OUTLET}/{article['article_id']}", ("--data-dir", str(data.root))
    dry = command("forget", "--article", name, "--dry-run", "--json", *place)
    assert (dry.returncode, json.loads(dry.stdout)["articles"], json.loads(dry.stdout)["records"]) == (0, [name], 1)
    refused = command("forget", "--url", article["url"], *place, stdin=subprocess.DEVNULL)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert len(everything(data)["articles"]) == 14
    (tmp_path / "list.txt").write_text(f"# takedown\n{article['url']}\n\n{OUTLET}/99999\n", encoding="utf-8")
    done = command("forget", "--file", tmp_path / "list.txt", "--yes", "--json", *place)
    facts = json.loads(done.stdout)
    assert (done.returncode, facts["articles"], facts["records"]) == (0, sorted([f"{OUTLET}/99999", name]), 1)
    assert len(everything(data)["articles"]) == 13
    (run,) = [row for row in Store(data).rows("runs") if row["command"] == "forget"]
    assert (run["arguments"], run["ended"], run["exit_code"]) == ("", "complete", 0)
    assert traces(data.root, article) == []
    assert command("doctor", *place).returncode == 0


def test_on_a_terminal_it_asks(data: DataDir, article: dict[str, Any]) -> None:
    words = [sys.executable, "-m", "newsharvest", "forget", "--url", article["url"], "--data-dir", str(data.root)]
    for answer, articles in (("n", 14), ("y", 13)):
        master, slave = pty.openpty()
        with subprocess.Popen(
            words, stdin=slave, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(REPO)}
        ) as process:
            os.write(master, f"{answer}\n".encode())
            out, _ = process.communicate(timeout=60)
        os.close(slave)
        os.close(master)
        assert f"article {OUTLET}/{article['article_id']}" in out
        assert len(everything(data)["articles"]) == articles
