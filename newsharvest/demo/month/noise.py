"""What differs between two fetches of an unchanged page: the ticker, a view counter, the order of the side boxes."""

from __future__ import annotations

import re

from newsharvest.demo.papers import GNUBOARD, MEDIAON, NDSOFT, Paper
from newsharvest.demo.tickers import SLOTS, block
from newsharvest.demo.words import rng

_BOX = re.compile(r'<section class="side-box auto-box">.*?</section>', re.DOTALL)
_COUNTERS = {
    NDSOFT: ("댓글 0</li>", '댓글 0</li>\n<li><i class="icon-eye"></i> 조회 {n}</li>'),
    MEDIAON: ('<ul class="art_info">', '<ul class="art_info">\n<li class="hit">조회 {n}</li>'),
    GNUBOARD: ("댓글 0건</a></strong>", "댓글 0건</a></strong> <strong>조회 {n}회</strong>"),
}


def noisy(text: str, paper: Paper, day: int, slot: int | None, fetch: int) -> tuple[str, int | None]:
    """A page as one fetch shows it, and the ticker's slot that it shows."""
    source = rng(paper.outlet_id, "noise", fetch)
    mark, counter = _COUNTERS[paper.family]
    text = text.replace(mark, counter.format(n=source.randint(3, 9_000)), 1)
    boxes = _BOX.findall(text)
    shuffled = iter(source.sample(boxes, len(boxes)))
    text = _BOX.sub(lambda _: next(shuffled), text)
    if slot is None:
        return text, None
    other = (slot + fetch) % SLOTS
    return text.replace(block(paper, day, slot), block(paper, day, other), 1), other
