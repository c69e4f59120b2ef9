"""Korean text that was decoded by a wrong table and saved so: made readable again where that loses nothing.

Seen on saved copies of old Korean sites: cp949 bytes read one by one as cp1252, or as UTF-8 where two of them happened to be
valid ("회" → "ȸ"); and UTF-8 bytes read as cp1252.
"""

from __future__ import annotations

import re

_CP1252 = {
    bytes([code]).decode("cp1252"): code for code in range(0x80, 0xA0) if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_RUN = re.compile(f"[\u0080-\u07ff{''.join(_CP1252)}]+")
_HANGUL = re.compile("[가-힣]")
_SUSPECT = re.compile("[\u0080-\u07ff][\u0080-\u07ff]")
_LEAST = 2
_SHARE = 0.5


def reversed_mojibake(text: str) -> str | None:
    """The text as it was meant; None where it is none, or where one of its pieces cannot be brought back byte for byte.

    Never for a text with Hangul in it. Proof: every run of strange characters, taken back to its bytes, is strict UTF-8 or
    strict cp949 that encodes to these very bytes, and at least half of what comes out is Hangul.

    >>> reversed_mojibake("ÀúÀÛ±ÇÀÚ"), reversed_mojibake("ì†\x8dì´ˆ"), reversed_mojibake("Café"), reversed_mojibake("±³Ã¼ÇØ È\xad")
    ('저작권자', '속초', None, None)
    """
    if _SUSPECT.search(text) is None or _HANGUL.search(text):
        return None
    for encoding in ("utf-8", "cp949"):
        repaired = _repaired(text, encoding)
        if repaired is not None:
            return repaired
    return None


def _repaired(text: str, encoding: str) -> str | None:
    try:
        repaired = _RUN.sub(lambda match: _decoded(match.group(), encoding), text)
    except UnicodeError:
        return None
    hangul = len(_HANGUL.findall(repaired))
    strange = sum(char > "\x7f" for char in repaired)
    return repaired if hangul >= _LEAST and hangul >= _SHARE * strange else None


def _decoded(run: str, encoding: str) -> str:
    """A run by its bytes; UnicodeError where they are not valid or would not come back."""
    body = b"".join(map(_byte, run))
    decoded = body.decode(encoding)
    if decoded.encode(encoding) != body:
        raise UnicodeError(encoding)
    return decoded


def _byte(char: str) -> bytes:
    if char in _CP1252:
        return bytes([_CP1252[char]])
    return char.encode("latin-1") if char <= "\xff" else char.encode("utf-8")
