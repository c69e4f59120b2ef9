"""The bundled sample: real hours of weather, made-up articles; plain Parquet, in the wheel too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from newsharvest.reading import NoDataError

NOTE = "articles are synthetic (made up, flag 'synthetic'); temperatures are real: 기상청 (KMA), KOGL type 1"
_HELD = ("articles", "revisions", "observations", "bulletins", "weather", "coverage", "clusters")
_HERE = Path(__file__).parent


def sample_dir() -> Path:
    """The sample's data dir, for ``data_dir=`` of every function: in an installed package, else in the checkout."""
    for folder in (_HERE / "_sample", _HERE.parent / "data" / "sample"):
        if (folder / "datasets").is_dir():
            return folder
    raise NoDataError(f"the sample is missing beside {_HERE}: install newsharvest again")


def sample(dataset: str = "articles", **options: Any) -> Any:  # noqa: ANN401 - what the dataset's function takes and returns
    """A dataset of the sample, as the function of that name gives it; ``frame.attrs["note"]`` says what it is.

    Articles are synthetic and carry the flag ``synthetic``; weather is four real hours of KMA's temperatures.

    >>> # nh.sample().head(); nh.sample("observations", stations="서울", columns=["temperature_c"])
    """
    import newsharvest

    if dataset not in _HELD:
        raise ValueError(f"the sample has no {dataset!r}: there are {', '.join(_HELD)}")
    found = getattr(newsharvest, dataset)(**{"data_dir": sample_dir(), **options})
    if hasattr(found, "attrs"):
        found.attrs["note"] = NOTE
    return found
