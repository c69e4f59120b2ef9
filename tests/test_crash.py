"""Dying, or failing, at every call of the file system: nothing lost, nothing doubled, nothing unreadable, same end.

Invariants I1-I4 and I11 of the reliability notes, by plain pandas, after every single point.
"""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from newsharvest.files import DataDir
from newsharvest.merging import DamagedError
from newsharvest.store import Store
from tests import crash_scenarios as scenes
from tests import failpoints
from tests.failpoints import DIE, DIED, FAILED, TEAR, Fault
from tests.fault_report import observed

NAMES = ("crawl", "reparse", "rebuild", "forget")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EMFILE, errno.EDQUOT)
TOLD = (OSError, DamagedError)


class Stage:
    """One scenario, what it begins with and how it must end."""

    def __init__(self, name: str, tmp_path: Path) -> None:
        saved = scenes.save_pages(tmp_path / "saved")
        self.scene = next(scene for scene in scenes.scenarios(saved) if scene.name == name)
        self.template, self.place, self.log = tmp_path / "template", tmp_path / "data", tmp_path / "accepted"
        self.scene.prepare(self.template)
        self.before = scenes.keys(self.template)
        self.again()
        self.scene.work(self.place)
        self.wanted = scenes.content(self.place)
        self.after = scenes.keys(self.place)

    def again(self) -> None:
        scenes.fresh(self.template, self.place)
        self.log.unlink(missing_ok=True)

    def work(self) -> None:
        if self.scene.name == "crawl":
            scenes.crawl(self.place, self.log)
        else:
            self.scene.work(self.place)

    def calls(self, kind: str | int) -> int:
        self.again()
        return failpoints.calls(self.work, kind)

    def point(self, at: int, kind: str | int, code: int) -> None:
        """Fail at one call; what is there must hold; the same command again must end as if nothing had happened."""
        self.again()
        got, _ = failpoints.run(self.work, Fault(at, kind), TOLD)
        assert got == code, f"{self.scene.name}, call {at} ({kind}): exit {got}"
        held = scenes.keys(self.place)
        for name, keys in self.before.items():
            gone = keys - held.get(name, set())
            assert self.scene.removes or not gone, f"call {at}: {name} lost {gone}"
            assert gone <= keys - self.after[name], f"call {at}: {name} lost {gone}"
        self.scene.work(self.place)
        assert scenes.content(self.place) == self.wanted, f"{self.scene.name}, call {at} ({kind})"
        urls = {row["url"] for row in self.wanted["articles"]}
        assert set(scenes.accepted(self.log)) <= urls


def exhaust(stage: Stage, kind: str, every: int = 1) -> int:
    points = range(1, stage.calls(kind) + 1, every)
    for at in points:
        stage.point(at, kind, DIED)
    return len(points)


@pytest.mark.fault("F41")
@pytest.mark.parametrize("name", NAMES)
def test_dying_at_every_call(name: str, tmp_path: Path) -> None:
    stage = Stage(name, tmp_path)
    points = exhaust(stage, DIE)
    assert points > 40
    observed("F41", f"kill9_exhaustive, {name}", f"{name}: same end, 0 lost, 0 duplicate", f"{points}/{points}")


@pytest.mark.fault("F41")
@pytest.mark.parametrize("name", NAMES)
def test_a_write_torn_in_half(name: str, tmp_path: Path) -> None:
    """A torn WARC member, a torn file in the staging area, a record half overwritten."""
    stage = Stage(name, tmp_path)
    stage.again()
    writes = [at for at, call in enumerate(failpoints.changes(stage.work), 1) if call in failpoints.WRITES]
    assert len(writes) > 5
    for at in writes:
        stage.point(at, TEAR, DIED)
    observed("F41", f"torn writes, {name}", f"{name}: same end, 0 lost, 0 duplicate", f"{len(writes)}/{len(writes)}")


def fail_everywhere(stage: Stage, every: int) -> int:
    points = range(1, stage.calls(ERRORS[0]) + 1, every)
    for number, at in enumerate(points):
        stage.point(at, ERRORS[number % len(ERRORS)], FAILED)
    return len(points)


@pytest.mark.fault("F43")
@pytest.mark.parametrize("name", NAMES)
def test_errors_of_the_disk(name: str, tmp_path: Path) -> None:
    stage = Stage(name, tmp_path)
    points = fail_everywhere(stage, 9)
    assert points > 7
    observed(
        "F43", "enospc, eio, erofs, emfile, edquot", f"{name}: an OSError, old data readable", f"{points}/{points}"
    )


@pytest.mark.fault("F43")
@pytest.mark.torture
@pytest.mark.parametrize("name", NAMES)
def test_errors_of_the_disk_at_every_call(name: str, tmp_path: Path) -> None:
    points = fail_everywhere(Stage(name, tmp_path), 1)
    assert points > 7
    observed("F43", f"every call, {name}", f"{name}: an OSError, old data readable", f"{points}/{points}")


@pytest.mark.fault("F43")
def test_a_failed_fsync_is_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel may have dropped the pages: a second fsync would report success."""
    import os

    data = DataDir(tmp_path)
    data.create()
    store, real, failed = Store(data), os.fsync, []

    def once(descriptor: int) -> None:
        if not failed:
            failed.append(descriptor)
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", once)
    with pytest.raises(OSError, match="Input/output"):
        store.commit({}, offsets={"a.warc.gz": 1})
    with pytest.raises(OSError, match="Input/output"):
        store.commit({}, offsets={"a.warc.gz": 1})
    assert len(failed) == 1
    assert not (data.datasets / "_manifest.json").exists()


def test_the_order_of_calls(tmp_path: Path) -> None:
    """Section 5.2: record fsync before it counts; file fsync before its rename; folder fsync after; the manifest last."""
    acknowledged: list[int] = []
    real = scenes._acknowledge
    calls: list[tuple[str, str]] = []

    def noted(log: Path, url: str) -> None:
        acknowledged.append(len(calls))
        real(log, url)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenes, "_acknowledge", noted)
        failpoints.trace(lambda: scenes.crawl(tmp_path / "data", tmp_path / "log"), calls)
    check_order(calls, acknowledged)


def check_order(calls: list[tuple[str, str]], acknowledged: list[int]) -> None:
    assert len(acknowledged) == 2
    for at in acknowledged:
        assert calls[at - 1][0] == "fsync", calls[at - 1]
        assert calls[at - 1][1].endswith(".warc.gz")
    durable: set[str] = set()
    loose: set[str] = set()
    commits = 0
    for name, target in calls:
        if name == "write":
            durable.discard(target)
        elif name == "fsync":
            durable.add(target)
            loose.discard(target)
        elif name == "replace" and "_staging" in target:
            source, _, place = target.partition(" -> ")
            if place.endswith("_manifest.json"):
                commits += 1
                assert loose <= {str(Path(place).parent)}, f"the manifest goes before {loose} is durable"
            assert source in durable, f"{source} is moved before its fsync"
            if "_staging/gone" not in place:
                loose.add(str(Path(place).parent))
    assert commits == 3
    assert not loose, f"never made durable: {loose}"
