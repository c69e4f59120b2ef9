"""`newsharvest merge`: crawls split over data dirs become the one that a single crawl would have made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newsharvest import operations
from newsharvest.archive import ArchiveWriter, pages, response_draft
from newsharvest.demo import truth
from newsharvest.demo.site import Site
from newsharvest.doctor.examining import examine
from newsharvest.files import DataDir, Manifest, file_of, sha256_of
from newsharvest.forget import forget
from newsharvest.inspection import article
from newsharvest.locking import LockedError, RunLock
from newsharvest.page import Page
from newsharvest.schema import DATASETS
from newsharvest.store import Store
from newsharvest.uniting import UniteError, unite
from tests import failpoints
from tests import saved_copies as copies
from tests.conftest import frames
from tests.failpoints import DIED, Fault

Run = Callable[..., Any]
Rows = dict[str, list[dict[str, Any]]]
LOGS = ("runs",)
BULLETINS = 2


def chosen() -> list[truth.TrueArticle]:
    """Pages of all three papers, in turn: their tickers are on pages of both halves."""
    return [t for t in truth.articles(1) if not t.gone][::15]


def archived(data: DataDir, name: str, urls: list[str], later: int = 0) -> None:
    """What a crawl leaves before it parses: records in an archive file of that name, the n-th a second after the last."""
    data.create()
    writer, site = ArchiveWriter(data.archive, name), Site(1)
    for number, url in enumerate(urls):
        host, _, path = url.removeprefix("http://").partition("/")
        answer = site.respond(host, f"/{path}")
        at = copies.AT + timedelta(seconds=later + number)
        writer.append([response_draft(url, answer.status, "OK", list(answer.headers.items()), answer.body, at)])
    writer.close()


def crawled(root: Path, *runs: tuple[str, list[str], int]) -> DataDir:
    """A data dir of crawls, each an archive file."""
    data = DataDir(root)
    for name, urls, later in runs:
        archived(data, name, urls, later)
    return parsed(data)


def one_of(root: Path, *others: DataDir) -> DataDir:
    """The data dir of one crawl that received what others did."""
    data = DataDir(root)
    data.create()
    for path in (path for other in others for path in other.archive.iterdir()):
        shutil.copy(path, data.archive)
    return parsed(data)


def parsed(data: DataDir) -> DataDir:
    """With its archive parsed and committed."""
    operations.add(data, [data.archive], 1)
    with RunLock(data):
        store = Store(data)
        sizes = {path.name: path.stat().st_size for path in data.archive.iterdir()}
        store.commit({}, offsets=sizes)
    return data


def content(data: DataDir) -> Rows:
    return frames(data.root, skip=LOGS)


@pytest.fixture(scope="module")
def urls() -> list[str]:
    return [t.url for t in chosen()]


def in_both(urls: list[str]) -> list[str]:
    """Pages that both crawls of `split` saw."""
    return urls[1:6:2]


@pytest.fixture(scope="module")
def split(urls: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[DataDir, DataDir, DataDir]:
    """Two crawls of a half each, a few pages in both, and one data dir that made both crawls."""
    root = tmp_path_factory.mktemp("split")
    one = ("20260302T032107Z-00000a", [*urls[::2], *in_both(urls)], 0)
    two = ("20260302T042107Z-00000b", urls[1::2], 600)
    a, b = crawled(root / "a", one), crawled(root / "b", two)
    return a, b, one_of(root / "whole", a, b)


def test_a_split_crawl_merged_is_the_whole_crawl(
    split: tuple[DataDir, DataDir, DataDir], command: Run, tmp_path: Path
) -> None:
    a, b, whole = split
    before = [content(data) for data in (a, b)]
    done = command("merge", a.root, b.root, "-o", "c")
    assert done.returncode == 0, done.stderr
    c = DataDir(tmp_path / "c")
    assert content(c) == content(whole)
    assert [len(content(c)[name]) for name in ("articles", "bulletins")] == [len(chosen()), BULLETINS]
    assert [content(data) for data in (a, b)] == before
    mine, theirs = ({row["bulletin_id"] for row in rows["bulletins"]} for rows in before)
    assert mine & theirs, "no bulletin is joined from both"
    assert Manifest.load(c).archive == Manifest.load(whole).archive
    assert {p.name: sha256_of(p) for p in c.archive.iterdir()} == {
        p.name: sha256_of(p) for p in whole.archive.iterdir()
    }
    assert not list(tmp_path.glob(".c*"))
    assert examine(c) == []
    assert len(Store(c).rows("runs")) == 3  # both re-parses and the merge


def test_order_and_grouping_do_not_show(
    split: tuple[DataDir, DataDir, DataDir], urls: list[str], tmp_path: Path
) -> None:
    a, b, _ = split
    d = crawled(tmp_path / "d", ("20260302T052107Z-00000d", urls[::2], 60))
    made = {}
    for name, parts in {"ab": (a, b), "ba": (b, a), "ad": (a, d)}.items():
        made[name] = DataDir(tmp_path / name)
        unite(parts, made[name])
    assert content(made["ab"]) == content(made["ba"])
    for name, parts in {"(ab)d": (made["ab"], d), "(ad)b": (made["ad"], b), "dba": (d, b, a)}.items():
        made[name] = DataDir(tmp_path / name)
        unite(parts, made[name])
    assert content(made["(ab)d"]) == content(made["(ad)b"]) == content(made["dba"])
    again = DataDir(tmp_path / "again")
    unite([made["ab"], a], again)
    assert content(again) == content(made["ab"])


def test_the_merged_archive_gives_the_merged_rows(split: tuple[DataDir, DataDir, DataDir], tmp_path: Path) -> None:
    a, b, _ = split
    c = DataDir(tmp_path / "c")
    unite([a, b], c)
    before = content(c)
    operations.rebuild_all(c, 1)
    assert content(c) == before


def test_files_of_one_name_and_other_content(urls: list[str], tmp_path: Path) -> None:
    """Both machines called their file alike: one keeps the name, whichever comes first, and every row finds its page."""
    a = crawled(tmp_path / "a", ("run", urls[:3], 0))
    b = crawled(tmp_path / "b", ("run", urls[3:6], 60))
    (b.archive / "run-00000.warc.gz").open("ab").write(b"\x1f\x8b\x08junk" * 20)
    operations.add(b, [b.archive], 1)
    ab, ba = DataDir(tmp_path / "ab"), DataDir(tmp_path / "ba")
    told = unite([a, b], ab)
    unite([b, a], ba)
    assert content(ab) == content(ba)
    assert len(told.renamed) == 1
    names = sorted(path.name for path in ab.archive.iterdir())
    assert (len(names), names[1]) == (2, "run-00000.warc.gz")
    for row in content(ab)["articles"]:
        page = next(pages(ab.archive / row["warc_filename"], row["warc_record_offset"]))
        assert isinstance(page, Page)
        assert page.url == row["url"]
        assert page.record is not None
        assert page.record.warc_record_length == row["warc_record_length"]
        assert article(ab, f"{row['outlet_id']}/{row['article_id']}").row["title"] == row["title"]
    before = content(ab)
    operations.rebuild_all(ab, 1)
    assert content(ab) == before


def test_a_copy_of_a_data_dir_that_went_on(
    split: tuple[DataDir, DataDir, DataDir], urls: list[str], tmp_path: Path
) -> None:
    """The same archive file, longer in one of them, and forgotten records in the other: one file."""
    shutil.copytree(split[0].root, tmp_path / "old")
    old, new = DataDir(tmp_path / "old"), DataDir(tmp_path / "new")
    shutil.copytree(split[0].root, new.root)
    (file,) = new.archive.iterdir()
    archived(DataDir(tmp_path / "more"), "more", urls[-2:], 3000)
    (more,) = (tmp_path / "more" / "archive").iterdir()
    with file.open("ab") as stream:
        stream.write(more.read_bytes())
    operations.add(new, [new.archive], 1)
    with RunLock(old):
        forget(Store(old), [urls[1]])
    c, turned = DataDir(tmp_path / "c"), DataDir(tmp_path / "turned")
    assert unite([old, new], c).renamed == []
    unite([new, old], turned)
    assert content(c) == content(turned)
    assert [path.name for path in c.archive.iterdir()] == [file.name]
    assert urls[1] not in {row["url"] for row in content(c)["articles"]}
    assert set(urls[-2:]) <= {row["url"] for row in content(c)["articles"]}


def test_what_one_has_forgotten_is_forgotten_in_all(
    split: tuple[DataDir, DataDir, DataDir], urls: list[str], tmp_path: Path
) -> None:
    """Other salts, so that neither knows what the other forgot; its pages lie in the other's archive too."""
    gone, stays = in_both(urls)[:2], in_both(urls)[2]
    a, b = (DataDir(tmp_path / name) for name in "ab")
    for mine, theirs in zip(split, (a, b), strict=False):
        shutil.copytree(mine.root, theirs.root)
    for data, url in zip((a, b), gone, strict=True):
        with RunLock(data):
            forget(Store(data), [url])
    c, turned = DataDir(tmp_path / "c"), DataDir(tmp_path / "turned")
    unite([a, b], c)
    unite([b, a], turned)
    assert content(c) == content(turned)
    assert not set(gone) & {row["url"] for row in content(c)["articles"]}
    assert stays in {row["url"] for row in content(c)["articles"]}
    assert examine(c) == []
    assert not set(gone) & {p.url for path in c.archive.iterdir() for p in pages(path)}  # type: ignore[union-attr]
    operations.rebuild_all(c, 1)
    assert not set(gone) & {row["url"] for row in content(c)["articles"]}
    operations.add(c, [split[2].archive], 1)
    assert not set(gone) & {row["url"] for row in content(c)["articles"]}


def test_what_is_archived_but_not_committed_is_landed(urls: list[str], tmp_path: Path) -> None:
    a = crawled(tmp_path / "a", ("one", urls[:2], 0))
    killed = DataDir(tmp_path / "b")
    archived(killed, "two", urls[2:4], 60)
    c = DataDir(tmp_path / "c")
    unite([a, killed], c)
    assert {row["url"] for row in content(c)["articles"]} == set(urls[:4])
    assert Manifest.load(c).archive == {p.name: p.stat().st_size for p in c.archive.iterdir()}


def test_what_was_derived_is_left_out_and_told(urls: list[str], tmp_path: Path) -> None:
    a = crawled(tmp_path / "a", ("one", urls[:2], 0))
    b = crawled(tmp_path / "b", ("two", urls[2:3], 60))
    row = {c.name: [] if str(c.type).startswith("list") else None for c in DATASETS["clusters"].columns}
    row |= {"article_id": "1", "outlet_id": "demo_haeram"}
    with RunLock(a):
        Store(a).commit({("clusters", file_of("clusters", row)): [row]})
    told = unite([a, b], DataDir(tmp_path / "c"))
    assert told.notes == ["clusters are left out: the command that made them makes them of the whole"]
    assert "clusters" not in content(DataDir(tmp_path / "c"))
    assert len(content(DataDir(tmp_path / "c"))["articles"]) == 3


def test_what_is_refused(split: tuple[DataDir, DataDir, DataDir], command: Run, tmp_path: Path) -> None:
    a, b, _ = split
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "empty").mkdir()
    for inputs, out, why in [
        ((a, DataDir(tmp_path / "nowhere")), tmp_path / "c", "no data dir"),
        ((a, a), tmp_path / "c", "named twice"),
        ((a, b), tmp_path / "full", "there already"),
        ((a, b), tmp_path / "x" / "c", "no such folder"),
    ]:
        with pytest.raises(UniteError, match=why):
            unite(inputs, DataDir(out))
    with RunLock(b), pytest.raises(LockedError):
        unite([a, b], DataDir(tmp_path / "c"))
    assert not (tmp_path / "c").exists()
    done = command("merge", a.root, a.root, "-o", "c")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    unite([a, b], DataDir(tmp_path / "empty"))


def killed_at(points: list[int], inputs: list[DataDir], out: DataDir) -> None:
    """Dying at a call leaves nothing at the place, or all of it; the same command again ends as if nothing had happened."""
    unite(inputs, DataDir(out.root.with_name("wanted")))
    wanted = content(DataDir(out.root.with_name("wanted")))
    assert len(points) >= 4
    for at in points:
        code, _ = failpoints.run(lambda: unite(inputs, out), Fault(at))
        assert code == DIED, at
        if out.root.exists():
            assert content(out) == wanted, at
        else:
            unite(inputs, out)
            assert content(out) == wanted, at
        shutil.rmtree(out.root)


@pytest.fixture
def small(urls: list[str], tmp_path: Path) -> list[DataDir]:
    return [crawled(tmp_path / "a", ("one", urls[:2], 0)), crawled(tmp_path / "b", ("two", urls[1:3], 60))]


def test_a_killed_merge_is_absent_or_whole(small: list[DataDir], tmp_path: Path) -> None:
    out = DataDir(tmp_path / "c")
    calls = failpoints.calls(lambda: unite(small, out))
    shutil.rmtree(out.root, ignore_errors=True)
    killed_at([*range(1, calls, max(1, calls // 3)), calls - 1, calls], small, out)


@pytest.mark.torture
def test_a_merge_killed_at_every_call(small: list[DataDir], tmp_path: Path) -> None:
    out = DataDir(tmp_path / "c")
    calls = failpoints.calls(lambda: unite(small, out))
    shutil.rmtree(out.root, ignore_errors=True)
    killed_at(list(range(1, calls + 1)), small, out)
