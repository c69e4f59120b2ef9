"""What a body's container holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from newsharvest.items import Dropped


@dataclass(slots=True)
class Body:
    """What a container holds; texts are white-space folded and otherwise raw."""

    paragraphs: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    """Texts of copyright boxes."""
    bylines: list[str] = field(default_factory=list)
    """Texts of reporter boxes."""
    subtitles: list[str] = field(default_factory=list)
    """Lines of subtitle boxes inside the body."""
    chars: int = 0
    """Characters, white space aside, of all text that the container shows."""


def _once(body: Body) -> None:
    """Each caption once."""
    kept = list(dict.fromkeys(body.captions))
    if len(kept) < len(body.captions):
        left = list(body.captions)
        for caption in kept:
            left.remove(caption)
        body.dropped += [Dropped("repeated_caption", caption) for caption in left]
        body.captions = kept


def drop_repeats(body: Body) -> None:
    """Bodies and captions printed twice (광주일보, 굿모닝충청) stand once."""
    _drop_second_body(body)
    _drop_glued_body(body)
    _once(body)
    body.images = list(dict.fromkeys(body.images))
    repeated = [line for line in body.paragraphs if line in body.captions]
    if repeated:
        body.dropped += [Dropped("repeated_caption", line) for line in repeated]
        body.paragraphs = [line for line in body.paragraphs if line not in body.captions]


def _drop_second_body(body: Body) -> None:
    """The lines from where the first one stands again, as long as they repeat the first ones."""
    lines = body.paragraphs
    for place in range(1, len(lines)):
        if lines[place] != lines[0]:
            continue
        run = next((n for n in range(place) if place + n >= len(lines) or lines[place + n] != lines[n]), place)
        if run > 1 or run == place or len(lines[0]) >= _CERTAIN:
            body.dropped += [Dropped("repeated_body", line) for line in lines[place : place + run]]
            del lines[place : place + run]
            return


def _drop_glued_body(body: Body) -> None:
    """One long line that says what all others say: the same body once with its line ends and once without."""
    longest = max(body.paragraphs, key=len, default="")
    others = [line for line in body.paragraphs if line is not longest]
    if len(longest) < _CERTAIN or len(others) < _GLUED_LEAST or 3 * len(longest) < sum(map(len, body.paragraphs)):
        return
    squeezed = "".join(longest.split())
    if squeezed == "".join("".join(others).split()):
        body.dropped.append(Dropped("repeated_body", longest))
        body.paragraphs = others


_CERTAIN = 40
_GLUED_LEAST = 2
