"""How an article's text becomes HTML: entities, look-alike dots, no-break spaces, paragraphs in several shapes."""

from __future__ import annotations

import html
import random
from collections.abc import Callable
from dataclasses import dataclass

from newsharvest.demo.credits import ELEMENT, GLUED, LINE, Credit
from newsharvest.demo.drafts import BREAKS, DIVISIONS, MIXED, PARAGRAPHS, Draft, Photo
from newsharvest.demo.papers import GNUBOARD
from newsharvest.demo.words import rng

_DOTS = ("·", "·", "ㆍ", "ㆍ", "&middot;", "・", "‧")
Figure = Callable[[Draft, Photo, "Ink"], str]


@dataclass(frozen=True, slots=True)
class Ink:
    """The printing habits of one page."""

    dot: str
    entities: bool
    """Typographic quotes, ellipsis and ``©`` as named entities."""
    spaced: bool
    """No-break spaces here and there."""

    def text(self, text: str) -> str:
        """Text for an element or a double-quoted attribute."""
        # &#039; is what PHP's htmlspecialchars writes.
        escaped = html.escape(text, quote=False).replace('"', "&quot;").replace("'", "&#039;").replace("·", self.dot)
        if self.entities:
            for sign, name in (("“", "&ldquo;"), ("”", "&rdquo;"), ("…", "&hellip;"), ("©", "&copy;")):
                escaped = escaped.replace(sign, name)
        return escaped

    def line(self, text: str) -> str:
        """A body line: as `text`, with the page's no-break spaces."""
        printed = self.text(text)
        return printed.replace(" ", "&nbsp; ", 1) if self.spaced else printed


def ink_of(draft: Draft) -> Ink:
    """The habits of an article's page, by its number."""
    source = rng(draft.paper.outlet_id, draft.number, "ink")
    dots = _DOTS[:5] if draft.paper.family == GNUBOARD else _DOTS
    return Ink(source.choice(dots), source.random() < 0.4, source.random() < 0.3)


def body(draft: Draft, figure: Figure, inserted: str) -> str:
    """The inner HTML of the article's container. ``inserted`` (an ad, a script) stands in the middle of the text."""
    ink, source = ink_of(draft), rng(draft.paper.outlet_id, draft.number, "body")
    lines = [ink.line(text) for text in printed_lines(draft)]
    pictures = [figure(draft, photo, ink) for photo in draft.photos]
    if not lines:
        return "\n".join([*pictures, inserted])
    blocks = _SHAPES[draft.shape](lines, source)
    # Past the opening, where lists stand: a ▲ line directly under a picture would read as its caption.
    middle = max(1, len(blocks) - 2)
    return "\n".join([*pictures[:1], *blocks[:middle], *pictures[1:], inserted, *blocks[middle:]])


def printed_lines(draft: Draft) -> list[str]:
    """The body's lines as printed: dateline before the first, byline and copyright after the last."""
    lines = list(draft.paragraphs)
    if not lines:
        return []
    credits_ = draft.credits
    if credits_.dateline:
        lines[0] = credits_.dateline.raw + ("" if credits_.dateline.raw.endswith("=") else " ") + lines[0]
    if credits_.the_end:
        lines[-1] += " (끝)"
    for credit in (credits_.byline, credits_.rights):
        _close(lines, credit)
    return lines


def _close(lines: list[str], credit: Credit | None) -> None:
    if credit is None or credit.place not in {GLUED, LINE}:
        return
    if credit.place == LINE:
        lines.append(credit.raw)
    else:
        # Seen: "…내놨다. 김환 기자", but "처리했다.부산=선수민 기자" and "들어갔다.저작권자 ©".
        lines[-1] += ("" if "=" in credit.raw or not credit.names else " ") + credit.raw


def boxed(credit: Credit | None) -> str | None:
    """The text of a credit that stands in a box of its own; None where it does not."""
    return credit.raw if credit and credit.place == ELEMENT else None


def _paragraphs(lines: list[str], source: random.Random) -> list[str]:
    gap = source.choice(("", "", "<p>&nbsp;</p>"))
    style = source.choice(("", "", ' style="text-align:justify"', ' class="0"'))
    return [f"<p{style}>{_decorated(line, source)}</p>{gap}" for line in lines]


def _breaks(lines: list[str], source: random.Random) -> list[str]:
    gap = source.choice(("<br />\n<br />", "<br><br>", "<br />"))
    return [f"{source.choice(('', '', '&nbsp;'))}{_decorated(line, source)}{gap}" for line in lines]


def _divisions(lines: list[str], source: random.Random) -> list[str]:
    gap = source.choice(("", "<div><br></div>"))
    return [f"<div>{_decorated(line, source)}</div>{gap}" for line in lines]


def _mixed(lines: list[str], source: random.Random) -> list[str]:
    """Paragraphs that hold two lines each, parted by a single break."""
    pairs = [lines[i : i + 2] for i in range(0, len(lines), 2)]
    return [f"<p>{'<br>'.join(_decorated(line, source) for line in pair)}</p>" for pair in pairs]


_SHAPES = {PARAGRAPHS: _paragraphs, BREAKS: _breaks, DIVISIONS: _divisions, MIXED: _mixed}


def _decorated(line: str, source: random.Random) -> str:
    chance = source.random()
    if chance < 0.08:
        return f'<span style="font-size:16px;letter-spacing:-0.3px">{line}</span>'
    if chance < 0.12 and " " in line:
        first, rest = line.split(" ", 1)
        return f"<strong>{first}</strong> {rest}"
    return line
