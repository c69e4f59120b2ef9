"""Korean text in matplotlib's plots."""

from __future__ import annotations

from collections.abc import Iterable

from newsharvest.frames import library

FONTS = (
    "Pretendard", "Noto Sans KR", "Noto Sans CJK KR", "Noto Sans CJK JP", "NanumGothic", "NanumBarunGothic", "Malgun Gothic",
    "Apple SD Gothic Neo", "AppleGothic", "UnDotum",
)  # fmt: skip
"""Families that hold all of Hangul, the better looking first: of Linux, Windows and macOS."""


class FontMissingError(RuntimeError):
    """No installed font holds Korean."""


def use_korean_font() -> str:
    """Let matplotlib draw Korean; the family it now uses. FontMissingError, with the remedy, where none is installed.

    The minus sign becomes a hyphen: some Korean fonts lack U+2212.

    >>> # nh.use_korean_font()
    """
    library("matplotlib")
    import matplotlib as mpl
    from matplotlib import font_manager

    found = chosen(font.name for font in font_manager.fontManager.ttflist)
    if found is None:
        font_manager.fontManager = font_manager.FontManager()  # its list is a cache: a font may be new
        found = chosen(font.name for font in font_manager.fontManager.ttflist)
    if found is None:
        raise FontMissingError("no Korean font: `apt-get install fonts-nanum` on Debian, or install Noto Sans KR")
    mpl.rcParams["font.family"] = [found, "DejaVu Sans"]
    mpl.rcParams["axes.unicode_minus"] = False
    return found


def chosen(installed: Iterable[str]) -> str | None:
    """The first of FONTS that is installed.

    >>> chosen(["DejaVu Sans", "NanumGothic"])
    'NanumGothic'
    """
    names = set(installed)
    return next((name for name in FONTS if name in names), None)
