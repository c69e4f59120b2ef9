"""The report's words in Korean and English: ``words.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
"""section → word → language → text. KeyError for a word that nobody wrote."""
LANGUAGES = ("ko", "en")
