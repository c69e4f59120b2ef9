"""SECURITY.md: every test it names is there; what it says of listening, cookies and certificates is how a crawl is set."""

from __future__ import annotations

import re

import pytest
from scrapy.settings import Settings

from tests.conftest import REPO

TEXT = (REPO / "SECURITY.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def settings() -> Settings:
    made = Settings()
    made.setmodule("newsharvest.settings")
    return made


def test_every_test_it_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[a-z_/]+(?:\.py)?)`", TEXT))
    assert len(named) > 12
    assert {path for path in named if not (REPO / path).exists()} == set()


def test_the_number_of_planted_damages_is_the_tests() -> None:
    from tests.test_doctor import DAMAGES

    assert f"{len(DAMAGES)} planted damages" in TEXT


def test_nothing_listens_and_nothing_is_carried_from_site_to_site(settings: Settings) -> None:
    for name in ("TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "COOKIES_ENABLED", "METAREFRESH_ENABLED"):
        assert settings.getbool(name) is False, name
    assert settings["REFERRER_POLICY"] == "no-referrer"
    handlers = settings.getdict("DOWNLOAD_HANDLERS")
    assert {scheme for scheme, handler in handlers.items() if handler is not None} == {"http", "https"}


def test_certificates_are_verified(settings: Settings) -> None:
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES") is True
    assert settings.getdict("DOWNLOAD_HANDLERS")["https"] == "newsharvest.crawl.tls.Https"
