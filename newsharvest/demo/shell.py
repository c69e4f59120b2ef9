"""A page's frame: head, menus, boxes and footer of one of the three skins around a content."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from newsharvest.demo import furniture
from newsharvest.demo.furniture import attr
from newsharvest.demo.papers import PAPERS, Paper


@dataclass(frozen=True, slots=True)
class Frame:
    """What a skin puts around a content. ``number`` fixes the side boxes: the article's, or a list page's."""

    paper: Paper
    head_title: str
    number: int
    metas: Sequence[str] = ()
    ticker: str = ""
    body_class: str = "sub"
    updated: str = ""
    extra_boxes: str = ""
    mobile: str = "/"


def framed(frame: Frame, content: str) -> str:
    """The whole page; titles and metas come escaped."""
    return _template(frame.paper).substitute(
        head_title=frame.head_title,
        metas="\n".join(frame.metas),
        style=furniture.style(),
        script=furniture.script(),
        menu=furniture.menu(frame.paper),
        towns=furniture.town_grid(frame.paper),
        boxes=furniture.joined((frame.extra_boxes, furniture.side_boxes(frame.paper, frame.number))),
        content=content,
        ticker=frame.ticker,
        body_class=frame.body_class,
        updated=frame.updated,
        mobile=attr(frame.mobile),
    )


def meta(name: str, content: str) -> str:
    """A meta line: ``property`` for names with a colon, ``name`` for others; the content comes escaped."""
    key = "property" if ":" in name else "name"
    return f'<meta {key}="{name}" content="{content}">'


@functools.cache
def _template(paper: Paper) -> Template:
    """A family's skin; for a paper other than the family's own under that paper's name and hosts."""
    text = (Path(__file__).parent / "skins" / f"{paper.family}.html").read_text(encoding="utf-8")
    own = next(each for each in PAPERS if each.family == paper.family)
    hosts = (own.host.removeprefix("www."), paper.host.removeprefix("www."))
    for old, new in ((own.name, paper.name), (own.city, paper.city), hosts):
        text = text.replace(old, new)
    return Template(text)
