"""The crawl state: a sound database that knows no article that the datasets do not know; and what was forgotten is gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from newsharvest.crawl.remembering import unknown_articles
from newsharvest.crawl.state import FILE, CrawlState
from newsharvest.doctor.findings import Finding, Repair, damage, note
from newsharvest.doctor.scene import Scene
from newsharvest.exports import holds
from newsharvest.files import Export, export_folders
from newsharvest.merging import DamagedError
from newsharvest.store import Store

_PLACE = f"state/{FILE}"
_EXAMPLES = 3


def findings(scene: Scene) -> Iterator[Finding]:
    """What is wrong with the crawl state."""
    path = scene.data.state / FILE
    if not path.exists():
        if any(scene.data.archive.glob("*.warc.gz")):
            text = "no crawl state beside an archive; the next crawl, too, makes it from the archive"
            yield note("state_missing", _PLACE, text, Repair.REMEMBER)
        return
    try:
        with closing(CrawlState.reading(path)) as state:
            problems = state.check()
            stones = scene.tombstones
            left = sum(stones.hold(n) or stones.hold_page(url) for n, url in state.names()) if stones else 0
    except sqlite3.DatabaseError as error:
        yield damage("state_damaged", _PLACE, str(error), Repair.REMEMBER)
        return
    if problems:
        yield damage("state_damaged", _PLACE, "; ".join(problems[:_EXAMPLES]), Repair.REMEMBER)
        return
    if left:
        yield damage("forgotten_left", _PLACE, f"{left} forgotten pages", Repair.ENFORCE)
    yield from _known(scene)


def _known(scene: Scene) -> Iterator[Finding]:
    """Articles that no crawl asks for again, and that are not there: they would never come."""
    if scene.manifest is None or scene.under_way:
        return
    try:
        names = unknown_articles(Store(scene.data, scene.tombstones))
    except (DamagedError, OSError):
        return
    unknown = [name for name in names if not scene.tombstones.hold(name)]
    if unknown:
        told = ", ".join(unknown[:_EXAMPLES])
        text = f"{len(unknown)} articles are held for fetched, and no dataset knows them: {told}"
        yield damage("state_ahead", _PLACE, text, Repair.REMEMBER)


def exports(scene: Scene) -> Iterator[Finding]:
    """What was forgotten, in exports and snapshots; folders that are no longer where they were written."""
    if not scene.tombstones:
        return
    for folder in export_folders(scene.data):
        try:
            held = holds(Export.load(folder), scene.tombstones)
        except (FileNotFoundError, ValueError) as error:
            text = f"{error}: whether forgotten articles are in it cannot be told"
            yield note("export_elsewhere", str(folder), text)
            continue
        for name in held:
            text = "rows of a forgotten article, or a file that cannot be searched: export again"
            yield damage("forgotten_left", f"{folder}/{name}", text, Repair.ENFORCE)
    if any(scene.data.quarantine.rglob("*")):
        text = "what is in quarantine was not searched for forgotten articles: delete it when it is not needed"
        yield note("quarantine_unsearched", "quarantine", text)
