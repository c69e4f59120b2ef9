"""Weather in pages: tickers of newspapers, tables and feeds of KMA. Raw in, raw out.

``newsharvest.weather`` is also the name of a function of the notebook API. Once this package is imported it stands in that
place, so it can be called: ``nh.weather(…)`` is `newsharvest.consensus.weather` either way.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the function's own signature
        return importlib.import_module("newsharvest.consensus").weather(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
