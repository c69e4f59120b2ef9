"""newsharvest: Korean regional news and weather pages as Parquet datasets.

In a notebook::

    import newsharvest as nh
    nh.articles(since="2026-03-01", columns=["title", "published_at"])
    nh.observations(stations=[90, "서울"])

Nothing heavy is imported before a function is called.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = [
    "articles",
    "bulletins",
    "checked",
    "clusters",
    "coverage",
    "fetches",
    "forecasts",
    "join_weather",
    "observations",
    "outlet_runs",
    "outlets",
    "regions",
    "rejects",
    "revisions",
    "runs",
    "sample",
    "sample_dir",
    "sql",
    "stations",
    "use_korean_font",
    "weather",
]
_ELSEWHERE = {
    "bulletins": "newsharvest.consensus",
    "checked": "newsharvest.checks",
    "join_weather": "newsharvest.weather_join",
    "sample": "newsharvest.bundled",
    "sample_dir": "newsharvest.bundled",
    "sql": "newsharvest.queries",
    "use_korean_font": "newsharvest.plotting",
    "weather": "newsharvest.consensus",
}
_LOAD = "newsharvest.load"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the notebook API holds
    if name in __all__:
        return getattr(importlib.import_module(_ELSEWHERE.get(name, _LOAD)), name)
    raise AttributeError(f"module 'newsharvest' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
