"""Commands about outlets: the registry, what a site is, a saved page for tests."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from newsharvest import config, registry
from newsharvest.clock import today
from newsharvest.page import Page
from newsharvest.registry import Outlet
from newsharvest.terminal import Table, note, problem, table

INCOMPLETE = 3


class What(StrEnum):
    """What `newsharvest outlets` does."""

    LIST = "list"
    CHECK = "check"


def _use(path: Path | None) -> Path | None:
    """Called while the command line is read, so that every part of the command sees the stanzas."""
    if path is not None:
        registry.use_own_outlets(path)
    return path


OutletsOption = Annotated[
    Path | None,
    typer.Option("--outlets", callback=_use, is_eager=True, help="your own stanzas beside the registry's (TOML)"),
]
UrlOption = Annotated[str | None, typer.Option("--url", help="where a saved page is from, if it does not say")]
_Json = Annotated[bool, typer.Option("--json", help="machine-readable")]


def outlets(
    what: Annotated[What, typer.Argument(help="list them, or check every stanza")] = What.LIST,
    _own: OutletsOption = None,
    as_json: _Json = False,
) -> None:
    """The registry of outlets; `check` ends with 3 where a stanza does not do what it promises."""
    known = registry.outlets().values()
    if what is What.CHECK:
        _check(known, as_json=as_json)
    elif as_json:
        print(json.dumps([asdict(outlet) for outlet in known], ensure_ascii=False, default=str))
    else:
        rows = [(o.outlet_id, o.name, o.cms, o.region_code or "", o.hosts[0], _state(o)) for o in known]
        table(Table(f"{len(rows)} outlets", ("outlet_id", "name", "cms", "region", "host", "enabled"), rows))


def _state(outlet: Outlet) -> str:
    return "yes" if outlet.enabled else f"no: {outlet.disabled_reason}"


def _check(known: Any, *, as_json: bool) -> None:  # noqa: ANN401 - the values of a dict
    from newsharvest.outlet_check import check, summary

    problems = check(known)
    if as_json:
        print(json.dumps({"summary": summary(known), "problems": problems}, ensure_ascii=False))
    else:
        for label, count in summary(known).items():
            note(f"{count:>4} {label}")
        for line in problems:
            problem(line)
    if problems:
        raise typer.Exit(INCOMPLETE)


def probe(
    what: Annotated[str, typer.Argument(metavar="URL|FILE", help="a page of the site, or a saved one")],
    url: UrlOption = None,
    _own: OutletsOption = None,
    as_json: _Json = False,
) -> None:
    """What a site is: CMS, encoding, feeds, sitemap, robots rules, a sample parse, a stanza for the registry."""
    from newsharvest.markup import PageError
    from newsharvest.probe import probe as look_at

    page, around, robots = _page(what, url, further=True)
    try:
        site = look_at(page, today(), around)
    except PageError as error:
        problem(f"{what}: {error}")
        raise typer.Exit(INCOMPLETE) from error
    site.robots = robots
    if as_json:
        print(json.dumps(asdict(site), ensure_ascii=False, default=str))
        return
    for name, value in asdict(site).items():
        if name not in {"stanza", "sample"} and value not in (None, [], 0):
            _show(name.replace("_", " "), value)
    _show("sample", [f"{name}: {value}" for name, value in site.sample.items()])
    note("")
    note(site.stanza)


def _show(name: str, value: object) -> None:
    if not isinstance(value, list):
        note(f"{name}: {value}")
        return
    note(f"{name}:")
    for each in value:
        note(f"    {each}")


def _page(what: str, url: str | None, *, further: bool) -> tuple[Page, list[Page], list[str]]:
    """A saved page, one record of a WARC file (``FILE@OFFSET``), or a page fetched now."""
    if "://" in what:
        from newsharvest.crawl.looking import NotFetchedError, look

        try:
            found = look(
                what,
                {"NEWSHARVEST_CONFIG": config.load(Path(os.environ.get("NEWSHARVEST_DATA", "data")))},
                further=further,
            )
        except NotFetchedError as error:
            problem(str(error))
            raise typer.Exit(INCOMPLETE) from error
        return found.page, found.around, found.robots
    from newsharvest.fixture import saved_page

    page = saved_page(what)
    return replace(page, url=url or page.url), [], ["not asked: a saved page"]


def fixture(
    what: Annotated[str, typer.Argument(metavar="URL|FILE|RECORD", help="a page, a saved one, or FILE.warc.gz@OFFSET")],
    scrub: Annotated[bool, typer.Option(help="replace sentences, names and addresses")] = True,
    private: Annotated[
        Path | None, typer.Option(help="keep the page as it is, in this folder outside the repository")
    ] = None,
    out: Annotated[Path, typer.Option(help="the folder of saved pages")] = Path("tests/pages"),
    name: Annotated[str | None, typer.Option(help="its name; the article's number without it")] = None,
    url: UrlOption = None,
    _own: OutletsOption = None,
) -> None:
    """Save a page for the tests, with what it gives now; a person reads that and sets `reviewed` to true."""
    from newsharvest.fixture import save

    if not scrub and private is None:
        raise typer.BadParameter(
            "a page as it is belongs outside the repository: --private DIR", param_hint="--no-scrub"
        )
    page, _, _ = _page(what, url, further=False)
    saved = save(page, private or out, name, scrubbed=private is None)
    note(f"page: {saved.page}")
    note(f"json: {saved.json}")
    for line in saved.differences:
        problem(line)
    note("Read the json beside the page, mend what is wrong, then set reviewed to true: the test fails until then.")
    if private is not None:
        note(f"The test walks it with NEWSHARVEST_PRIVATE_PAGES={private.absolute()}")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(outlets)
    app.command()(probe)
    app.command()(fixture)
