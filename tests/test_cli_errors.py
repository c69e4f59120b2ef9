"""Bad input: a clear message, the right exit code, nothing half-written."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from newsharvest.archive import ArchiveWriter, response_draft
from tests.conftest import REPO

Run = Callable[..., Any]
PAGE = "<html><head><title>약관</title></head><body><p>이용약관을 읽어 주십시오.</p></body></html>"


def test_missing_path(command: Run, tmp_path: Path) -> None:
    done = command("reparse", "nowhere.html", "--data-dir", "d")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.html" in done.stderr
    assert "no such file" in done.stderr.lower()
    assert not (tmp_path / "d").exists()


def test_directory_without_pages(command: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = command("reparse", "empty", "--data-dir", "d")
    assert done.returncode == 2
    assert "empty" in done.stderr
    assert "no pages" in done.stderr
    assert not (tmp_path / "d").exists()


def test_unknown_outlet_names_near_matches(command: Run, tmp_path: Path) -> None:
    done = command("crawl", "demo_haeran", "--data-dir", "d")
    assert done.returncode == 2
    assert "unknown outlet 'demo_haeran'; did you mean demo_haeram" in done.stderr
    assert not (tmp_path / "d").exists()


def test_no_data_yet(command: Run) -> None:
    for arguments in (("info",), ("show", "x/1")):
        done = command(*arguments, "--data-dir", "d")
        assert done.returncode == 2, arguments
        assert "newsharvest demo" in done.stderr


def test_rebuild_of_nothing(command: Run, tmp_path: Path) -> None:
    done = command("reparse", "--data-dir", "d")
    assert done.returncode == 2
    assert "holds no archive" in done.stderr
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.html", b"", "empty"),
        ("picture.html", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8, "binary"),
        ("terms.html", PAGE.encode(), "not_article_nor_ticker"),
    ],
)
def test_a_page_that_is_none(command: Run, tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """It is a row in rejects with its reason, told on stderr, exit 3; and it never costs the good page beside it."""
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / name).write_bytes(content)
    (folder / "ticker.txt").write_text("2026.03.02 (월)\n맑음속초8.2℃\n비전주6.3℃\n흐림서울-1.0℃\n", encoding="utf-8")
    done = command("reparse", folder, "--data-dir", "d")
    assert done.returncode == 3, done.stderr
    assert reason in done.stderr
    assert name in done.stderr
    rejects = pd.read_parquet(tmp_path / "d/datasets/rejects")
    assert rejects[["reason", "source_file"]].to_numpy().tolist() == [[reason, name]]
    observations = pd.read_parquet(tmp_path / "d/datasets/observations")
    assert sorted(observations["stn_id"]) == [90, 108, 146]


def test_truncated_warc_lands_what_is_whole(command: Run, tmp_path: Path) -> None:
    body = "<p>2026.03.02 (월)</p><ul><li>맑음속초8.2℃</li><li>비전주6.3℃</li><li>흐림서울-1.0℃</li></ul>".encode()
    (tmp_path / "w").mkdir()
    writer = ArchiveWriter(tmp_path / "w", "20260302T000000Z-aaaaaa")
    headers = [("Content-Type", "text/html; charset=utf-8")]
    from newsharvest.clock import now

    for number in (1, 2):
        writer.append([response_draft(f"http://other.test/{number}", 200, "OK", headers, body + b" " * number, now())])
    writer.close()
    (path,) = (tmp_path / "w").glob("*.warc.gz")
    path.write_bytes(path.read_bytes()[:-30])
    done = command("reparse", path, "--data-dir", "d")
    assert done.returncode == 3, done.stderr
    assert "ends within a record" in done.stderr
    bulletins = pd.read_parquet(tmp_path / "d/datasets/bulletins")
    assert [list(pages) for pages in bulletins["pages"]] == [["http://other.test/1"]]


def test_no_permission_on_the_data_dir(command: Run, tmp_path: Path) -> None:
    """Root may write into any folder of a disk, but not into the kernel's."""
    locked = Path("/sys") if os.geteuid() == 0 else tmp_path / "locked"
    if os.geteuid() != 0:
        locked.mkdir(mode=0o555)
    page = tmp_path / "page.txt"
    page.write_text("맑음속초8.2℃\n비전주6.3℃\n", encoding="utf-8")
    done = command("reparse", page, "--data-dir", locked / "newsharvest-test")
    assert done.returncode == 4, done.stderr
    assert str(locked / "newsharvest-test") in done.stderr
    assert "Traceback" not in done.stderr
    assert not (locked / "newsharvest-test").exists()


def test_a_file_in_the_place_of_the_data_dir(command: Run, tmp_path: Path) -> None:
    (tmp_path / "d").write_text("not a folder")
    (tmp_path / "page.txt").write_text("맑음속초8.2℃\n비전주6.3℃\n", encoding="utf-8")
    done = command("reparse", "page.txt", "--data-dir", "d")
    assert done.returncode == 4, done.stderr
    assert (tmp_path / "d").read_text() == "not a folder"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.html", b"", "the file is empty"),
        ("picture.html", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "neither a page"),
        ("table.csv", b"a,b\n1,2\n", "neither a page"),
    ],
)
def test_a_file_named_by_itself_that_is_no_page(
    command: Run, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = command("reparse", name, "--data-dir", "d")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert f"{name}: {message}" in done.stderr
    assert not (tmp_path / "d").exists()


def test_usage(command: Run) -> None:
    assert command("reparse", "--jobs", "0").returncode == 2
    assert command("nonsense").returncode == 2
    assert command("crawl").returncode == 2
    assert command("reparse", "x.html", "--fetched-at", "yesterday").returncode == 2
    assert command("--help").returncode == 0


def test_gz_page_and_stated_fetch_time(command: Run, tmp_path: Path) -> None:
    page = tmp_path / "t.txt.gz"
    page.write_bytes(gzip.compress("2026.03.02 (월)\n맑음속초8.2℃\n비전주6.3℃\n".encode()))
    done = command("reparse", page, "--data-dir", "d", "--fetched-at", "2026-03-02T10:00")
    assert done.returncode == 0, done.stderr
    bulletin = pd.read_parquet(tmp_path / "d/datasets/bulletins").iloc[0]
    assert bulletin["fetched_at"].isoformat() == "2026-03-02T10:00:00+09:00"
    assert (bulletin["source"], bulletin["source_file"], pd.isna(bulletin["url"])) == ("unknown", "t.txt.gz", True)


def test_a_source_that_gave_nothing_is_no_success(command: Run, tmp_path: Path) -> None:
    """Scrapy itself would exit 0: the demo's names lead nowhere while its site is not served."""
    done = command("crawl", "demo_noeul", "--data-dir", "d")
    assert done.returncode == 3, done.stderr
    assert "skipped: demo_not_running" in done.stdout
    run = pd.read_parquet(tmp_path / "d/datasets/runs").iloc[0]
    assert (run["ended"], run["exit_code"], run["stored"]) == ("incomplete", 3, 0)


@pytest.mark.parametrize(
    ("words", "module", "extra"), [(("report",), "plotly", "report"), (("cluster",), "rensa", "dedup")]
)
def test_a_missing_extra_is_told_in_one_line_and_nothing_is_begun(
    command: Run, tmp_path: Path, words: tuple[str, ...], module: str, extra: str
) -> None:
    absent = tmp_path / "absent" / module
    absent.mkdir(parents=True)
    (absent / "__init__.py").write_text(f"raise ModuleNotFoundError('No module named {module}')", encoding="utf-8")
    (tmp_path / "data" / "datasets" / "articles").mkdir(parents=True)
    done = command(*words, env={"PYTHONPATH": f"{absent.parent}:{REPO}"})
    assert (done.returncode, done.stderr) == (
        2, f"newsharvest: {module} is not installed: pip install 'newsharvest[{extra}]'\n",
    )  # fmt: skip
    assert not (tmp_path / "data" / "state").exists()
