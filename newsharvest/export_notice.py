"""NOTICE.md of an export: where the data come from, whose they are, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newsharvest.files import ExportFile

_HEAD = """# About these data / 이 자료에 대하여

Made by newsharvest {version} (parser version {parser_version}) on {made_at}.

| file | dataset | rows |
|---|---|---|
"""
_TIMES = """
Times are Korean (Asia/Seoul). In CSV files lists are joined by " | "; text that a spreadsheet would take for a formula
begins with an apostrophe. What every column means: docs/datasets.md of newsharvest.
시각은 한국 시각이다. CSV에서 목록은 " | "로 이었고, 수식으로 읽힐 글에는 앞에 작은따옴표를 붙였다.
"""
_RIGHTS = """
## Rights / 권리

- **Articles are their outlets' works.** Most outlets forbid reproduction (무단 전재 및 재배포 금지), some also training of models
  (`flags`: no_ai_training, tdm_reserved; `rights_notice`: the line as printed). 기사의 저작권은 각 매체에 있다.
- **Weather values are 기상청's** (Korea Meteorological Administration), published on data.go.kr under KOGL type 1
  (공공저작물 출처표시): name the source. Values read from newspaper tickers may be stale or wrong; `qc`, `station_match` and the
  bulletins' flags say what is known. 출처: 기상청.
- Whoever passes this on decides on what ground; see docs/legal.md of newsharvest.
"""


def notice(files: Mapping[str, ExportFile], left_out: Mapping[str, Sequence[str]], facts: Mapping[str, Any]) -> str:
    """The page."""
    rows = "".join(f"| {name} | {file.dataset} | {file.rows:,} |\n" for name, file in sorted(files.items()))
    return _HEAD.format(**facts) + rows + _TIMES + _omitted(left_out) + _RIGHTS


def _omitted(left_out: Mapping[str, Sequence[str]]) -> str:
    if not left_out:
        return "\nTexts are included (`--texts`): do not pass them on without the right to. 본문이 들어 있다.\n"
    names = "; ".join(f"{name}: {', '.join(columns)}" for name, columns in left_out.items())
    return f"\nLeft out, for they are other people's texts / 뺀 열: {names}.\n"
