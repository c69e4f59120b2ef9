"""The add-on that turns ``newsharvest.toml`` into Scrapy's settings, so that ``scrapy crawl`` obeys it as the command line does.

What is given with ``-s`` comes before the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scrapy.settings import BaseSettings

from newsharvest import clock
from newsharvest.config import FILE, Config, ConfigError, load
from newsharvest.versions import package_version

CONFIG = "NEWSHARVEST_CONFIG"
PRIORITY = "spider"
"""Above the project's settings, below ``-s``."""


class FromConfig:
    """Reads the data dir's configuration, where the command line has not handed one over."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Set what the configuration says. ConfigError for one that breaks a rule."""
        if settings[clock.NOW]:
            clock.begin_at(clock.stated(settings[clock.NOW]))
        if settings[CONFIG] is None:
            settings.set(CONFIG, load(Path(settings["NEWSHARVEST_DATA"])), priority=PRIORITY)
        for name, value in _settings(config_of(settings)).items():
            settings.set(name, value, priority=PRIORITY)


def config_of(settings: BaseSettings) -> Config:
    """The configuration that a crawl runs by. Scrapy makes the spider before it asks the add-on: then it is read here."""
    found = settings[CONFIG]
    return found if isinstance(found, Config) else load(Path(settings["NEWSHARVEST_DATA"]))


def user_agent(contact: str | None) -> str:
    """Who asks, and how to reach them.

    >>> user_agent("archive@paper.example")  # doctest: +ELLIPSIS
    'newsharvest/... (archive of regional news; obeys robots.txt; +archive@paper.example)'
    """
    reached = f"; +{contact}" if contact else ""
    return f"newsharvest/{package_version()} (archive of regional news; obeys robots.txt{reached})"


def _settings(config: Config) -> dict[str, object]:
    pace = config.pace
    return {
        "USER_AGENT": user_agent(config.contact),
        "DOWNLOAD_DELAY": pace.host_delay,
        "CONCURRENT_REQUESTS_PER_DOMAIN": pace.host_concurrency,
    }


def need_contact(config: Config, hosts: Iterable[str], folder: Path) -> None:
    """ConfigError where somebody on the live web would be asked by nobody."""
    live = sorted(host for host in hosts if not host.partition(":")[0].endswith(".test"))
    if live and config.contact is None:
        raise ConfigError(
            f"{live[0]} is on the live web: say who asks. Write `newsharvest init`, then in {folder / FILE}: "
            'contact = "you@example.org"'
        )
