"""What a body's container holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from newsharvest.items import Dropped

COPYRIGHT = re.compile(r"저작권자|무단\s?전재|copyright|[ⓒ©]|all rights", re.IGNORECASE)
"""What a box that is marked as a copyright line must say to be one ("copy" also marks copy-the-address buttons)."""


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
    half, odd = divmod(len(body.paragraphs), 2)
    if half and not odd and body.paragraphs[:half] == body.paragraphs[half:]:
        body.dropped += [Dropped("repeated_body", line) for line in body.paragraphs[half:]]
        del body.paragraphs[half:]
    _once(body)
    body.images = list(dict.fromkeys(body.images))
    repeated = [line for line in body.paragraphs if line in body.captions]
    if repeated:
        body.dropped += [Dropped("repeated_caption", line) for line in repeated]
        body.paragraphs = [line for line in body.paragraphs if line not in body.captions]
