"""Redesigns of every kind: the day, the selectors that stopped or stand elsewhere, and proposals that give exact values."""

from __future__ import annotations

import json
import random
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from newsharvest import registry
from newsharvest.archive import ArchiveWriter, response_draft
from newsharvest.clock import KST
from newsharvest.demo.drafts import draft
from newsharvest.demo.editions import Entry
from newsharvest.demo.month.cast import CAST, FIRST_DAY
from newsharvest.demo.month.ledger import Ledger
from newsharvest.demo.month.noise import noisy
from newsharvest.demo.month.redesign import DESIGNS, redesigned
from newsharvest.demo.month.script import Script
from newsharvest.demo.papers import at, date_of
from newsharvest.demo.site import SKINS
from newsharvest.demo.tickers import slot_of
from newsharvest.demo.truth import TrueArticle, true_article
from newsharvest.drift.locate import date_forms, squeezed
from newsharvest.drift.render import lines, page
from newsharvest.drift.report import ChangeReport, drift
from newsharvest.files import DataDir, file_of
from newsharvest.items import Record
from newsharvest.load import moment
from newsharvest.operations import rebuild_all
from newsharvest.schema import DATASETS
from newsharvest.store import Store

pytestmark = pytest.mark.xdist_group("drift")

DAYS, CHANGED = 6, 4
KINDS = ("renamed", "wrapped", "retagged", "reordered", "relabelled")


def archived(root: Path, place: int, kind: str | None, seed: int) -> tuple[DataDir, Ledger]:
    """Six days of one paper: new articles of each day and six old ones again; a redesign on the fifth day, a Friday."""
    data, source = DataDir(root / "data"), random.Random(seed)
    data.create()
    ledger = Ledger(CAST[place], Script(seed, 30, ()))
    known: list[Entry] = []
    fetches: list[dict[str, Any]] = []
    for day in range(FIRST_DAY, FIRST_DAY + DAYS):
        now = {entry.number: entry for entry in ledger.entries(day)}
        run = f"{date_of(day):%Y%m%d}T110000Z-{seed:06x}"
        new = [entry for number, entry in now.items() if number not in {each.number for each in known}][-8:]
        again = [now[each.number] for each in source.sample(known, min(6, len(known)))]
        writer = ArchiveWriter(data.archive, run)
        shown = [e for e in [*new, *again] if e.gone_at is None]
        drafts = [_record(ledger, e, day, kind if day >= FIRST_DAY + CHANGED else None, n) for n, e in enumerate(shown)]
        places = writer.append(drafts)
        writer.close()
        fetches += [_fetch(run, n, ledger, e, drafts[n].at, places[n]) for n, e in enumerate(shown)]
        known += new
    rebuild_all(data, 1)
    batch: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in fetches:
        batch.setdefault(("fetches", file_of("fetches", row)), []).append(row)
    Store(data).commit(batch)
    return data, ledger


def _fetch(run: str, number: int, ledger: Ledger, entry: Entry, fetched: datetime, place: Record) -> dict[str, Any]:
    """The log of a crawl, which no rebuild makes."""
    return {
        **dict.fromkeys(column.name for column in DATASETS["fetches"].columns),
        "run_id": run, "sequence": number, "url": ledger.paper.article_url(entry.number), "outlet_id": ledger.outlet_id, "kind": "article",
        "outcome": "stored", "status": 200, "fetched_at": fetched, "warc_filename": place.warc_filename,
        "warc_record_offset": place.warc_record_offset, "warc_record_length": place.warc_record_length,
    }  # fmt: skip


def _record(ledger: Ledger, entry: Entry, day: int, kind: str | None, number: int) -> Any:
    paper = ledger.paper
    text = SKINS[paper.family].article(draft(paper, entry), day)
    text = redesigned(text, paper.family, (kind,) if kind else ())
    shown, _ = noisy(text, paper, day, slot_of(paper, entry.number), number)
    charset = "euc-kr" if paper.encoding == "cp949" else "utf-8"
    headers = [("Content-Type", f"text/html; charset={charset}")]
    fetched = at(day, 20) + timedelta(seconds=number)
    return response_draft(
        paper.article_url(entry.number), 200, "OK", headers, shown.encode(paper.encoding, "xmlcharrefreplace"), fetched
    )


def found(root: Path, place: int, kind: str | None, seed: int) -> tuple[list[ChangeReport], Ledger]:
    data, ledger = archived(root, place, kind, seed)
    outlet = registry.outlets()[ledger.outlet_id]
    return drift(data, outlet, moment("2026-09-01")), ledger


NAMED = {
    0: {"title": "h3.heading", "body": "#article-view-content-div", "published_at": "head", "label": "입력"},
    1: {"title": ".bo_v_tit", "body": "#bo_v_con", "published_at": "head", "label": "입력"},
    2: {"title": ".art_top h2", "body": "#news_body_area", "published_at": "head", "label": "등록"},
}
STOPS = {
    "renamed": ("title", "body"),
    "retagged": ("title",),
    "reordered": ("published_at",),
    "relabelled": ("label",),
    "wrapped": (),
}


def selectors(change: ChangeReport) -> set[str]:
    return {rule.selector.partition(":")[2] or rule.selector for rule in change.change.rules}


def check(root: Path, place: int, kind: str, seed: int) -> None:
    reports, ledger = found(root, place, kind, seed)
    assert [each.change.day for each in reports] == [date_of(FIRST_DAY + CHANGED)]
    (change,) = reports
    named = selectors(change)
    wanted = {NAMED[place][what] for what in STOPS.get(kind, ())}
    assert named & wanted if wanted else set(change.moved) >= {"title", "body"}, (named, change.moved)
    check_proposals(change, ledger, kind)


def check_proposals(change: ChangeReport, ledger: Ledger, kind: str) -> None:
    """Every field's first proposal gives the site's own truth on a page that no parser of ours has seen."""
    fields = {each.field: each for each in change.fields}
    assert set(fields) >= {"title", "body", "published_at"}
    day = FIRST_DAY + DAYS
    for entry in [e for e in ledger.entries(day)[-6:] if e.gone_at is None and not e.edits]:
        text = redesigned(
            SKINS[ledger.paper.family].article(draft(ledger.paper, entry), day), ledger.paper.family, (kind,)
        )
        root, true = html.document_fromstring(text), true_article(ledger.paper, entry)
        for name in ("title", "body", "published_at"):
            assert fields[name].verified
            assert fields[name].pages >= 3
            best = fields[name].proposals[0]
            assert best.exact == best.pages
            gives = [squeezed(each.text_content()) for each in root.xpath(best.xpath)]
            assert _gives(name, gives, true), (name, best.css, true.url)


def _gives(name: str, texts: list[str], true: TrueArticle) -> bool:
    if name == "title":
        return texts[0] == squeezed(true.title)
    if name == "body":
        return all(squeezed(line).replace(" ", "") in texts[0].replace(" ", "") for line in true.paragraphs)
    forms = tuple(date_forms(true.published_at))
    dated = next(text for text in texts if re.search(r"\d\s*[-./년:]\s*\d", text))
    return any(form in dated.replace(" ", "") for form in forms)


@pytest.mark.parametrize(("place", "kind"), [(place % 3, kind) for place, kind in enumerate(KINDS)])
def test_five_kinds(place: int, kind: str, tmp_path: Path) -> None:
    check(tmp_path, place, kind, seed=7)


@pytest.mark.torture
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("place", range(3))
def test_every_kind_on_every_family(place: int, kind: str, seed: int, tmp_path: Path) -> None:
    reports, ledger = found(tmp_path, place, kind, seed)
    assert [each.change.day for each in reports] == [date_of(FIRST_DAY + CHANGED)]
    check_proposals(reports[0], ledger, kind)


def test_a_template_that_stays_is_no_change_and_the_command_says_so(tmp_path: Path, command: Any) -> None:
    data, _ = archived(tmp_path, 0, None, 5)
    clock = {"NEWSHARVEST_NOW": "2026-09-30T10:00"}
    done = command("drift", "demo_haeram", "--data-dir", data.root, env=clock)
    assert (done.returncode, done.stdout + done.stderr) == (0, "demo_haeram: no change of template\n")
    unknown = command("drift", "demo_nobody", "--data-dir", data.root)
    assert unknown.returncode == 2
    assert "unknown outlet" in unknown.stderr
    none = command("drift", "demo_sorae", "--data-dir", data.root, env=clock)
    assert none.returncode == 2
    assert "no article page of demo_sorae" in none.stderr


def test_both_sides_and_nothing_applied(tmp_path: Path, command: Any) -> None:
    data, _ = archived(tmp_path, 2, "renamed", 5)
    before = (data.root / "datasets" / "_manifest.json").read_bytes()
    clock = {"NEWSHARVEST_NOW": "2026-09-30T10:00"}
    done = command("drift", "demo_sorae", "--data-dir", data.root, "--html", tmp_path / "d.html", "--json", env=clock)
    assert done.returncode == 3
    (report,) = json.loads(done.stdout)
    assert report["day"] == "2026-09-11"
    assert "body: mediaon:#news_body_area" in report["stopped"]
    shown = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "news_body_area" in shown
    assert "np0-body" in shown
    assert (data.root / "datasets" / "_manifest.json").read_bytes() == before


@pytest.fixture(scope="module")
def one_change(tmp_path_factory: pytest.TempPathFactory) -> list[ChangeReport]:
    return found(tmp_path_factory.mktemp("one"), 0, "relabelled", 3)[0]


def test_a_new_label_is_named(one_change: list[ChangeReport]) -> None:
    (change,) = one_change
    dates = next(each for each in change.fields if each.field == "published_at")
    assert dates.proposals[0].label == "게시"
    told = "\n".join(lines(one_change, registry.outlets()["demo_haeram"]))
    assert "stopped: published_at by 입력" in told
    assert "label '게시'" in told
    assert change.change.day == date(2026, 9, 11)
    assert change.change.after[0].place.fetched_at.astimezone(KST).date() == date(2026, 9, 11)
    assert "<table>" in page(one_change, registry.outlets()["demo_haeram"])
