"""A source's key is in the request on the wire, and nowhere else: not in archive, datasets, crawl state or log."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pandas as pd
import pytest

from tests.conftest import CHILD_PATH, PAGES, REPO
from tests.loopback import Answer, Hit, serving

pytestmark = pytest.mark.xdist_group("kma_key")

KEY = "s3cret/ke+y=="
QUOTED = quote(KEY, safe="")
HUB = (PAGES / "kma" / "hub.txt").read_bytes()
PATHS = ("good", "echo", "moved", "late", "cut", "denied")
STANZAS = "".join(
    f'[hub_{name}]\nname = "허브"\ngives = "kma_hub"\nurls = ["http://hub.test/{name}.php?stn=0&help=0"]\nkey = "NEWSHARVEST_KMA_KEY"\n'
    for name in sorted(PATHS)
)
SPIDER = """
import sys
from newsharvest import kma_registry
known = kma_registry.read_sources(sys.argv[1])
kma_registry.kma_sources = lambda: known
from newsharvest.crawl.running import run
data, proxy, wanted = sys.argv[2:]
options = {"NEWSHARVEST_DATA": data, "NEWSHARVEST_DEMO_PROXY": proxy, "LOG_LEVEL": "DEBUG", "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False, "DOWNLOAD_TIMEOUT": 2, "RETRY_TIMES": 1}
result = run("kma", options, {"source": wanted})
sys.exit(result.exit_code)
"""


def respond(_host: str, path: str, _before: int) -> Answer:
    """What a hub may do with a key: print it in texts and headers, send it on, let it stand in an error."""
    plain = (("Content-Type", "text/plain; charset=euc-kr"),)
    if path.startswith("/robots"):
        return Answer(404, b"", plain)
    if path.startswith("/echo"):
        return Answer(200, HUB + f"# key {KEY} {QUOTED}\n".encode(), (*plain, ("X-Key", KEY), ("ETag", f'"{KEY}"')))
    if path.startswith("/moved"):
        return Answer(302, b"", (*plain, ("Location", f"http://hub.test/other.php?authKey={QUOTED}")))
    if path.startswith("/denied"):
        return Answer(403, f'{{"message": "{KEY}"}}'.encode(), (("Content-Type", "application/json"),))
    if path.startswith("/late"):
        time.sleep(3)
    return Answer(200, HUB, plain, reset=path.startswith("/cut"))


@dataclass(frozen=True)
class Run:
    folder: Path
    hits: list[Hit]
    log: str
    code: int

    @property
    def fetches(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "datasets" / "fetches").set_index("outlet_id")


def crawl(folder: Path, wanted: str, key: str | None) -> Run:
    env = {name: value for name, value in os.environ.items() if name != "NEWSHARVEST_KMA_KEY"}
    env |= {"PYTHONPATH": CHILD_PATH, **({"NEWSHARVEST_KMA_KEY": key} if key else {})}
    with serving(respond) as server:
        words = [sys.executable, "-c", SPIDER, STANZAS, str(folder), server.url, wanted]
        done = subprocess.run(words, cwd=REPO, env=env, capture_output=True, text=True, timeout=60)
        return Run(folder, list(server.hits), done.stdout + done.stderr, done.returncode)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    return crawl(tmp_path_factory.mktemp("keyed"), ",".join(f"hub_{name}" for name in PATHS), KEY)


def test_the_key_is_on_the_wire(crawled: Run) -> None:
    asked = [hit.path for hit in crawled.hits if not hit.path.startswith("/robots")]
    assert {path.split(".")[0] for path in asked} == {f"/{name}" for name in PATHS}, crawled.log
    assert all(parse_qs(urlsplit(path).query) == {"stn": ["0"], "help": ["0"], "authKey": [KEY]} for path in asked)
    assert ["authKey" in hit.path for hit in crawled.hits if hit.path.startswith("/robots")] == [False]


def test_what_came_of_each_request(crawled: Run) -> None:
    found = crawled.fetches[crawled.fetches["kind"] == "weather"]
    assert dict(zip(found.index, zip(found["outcome"], found["reason"].fillna(""), strict=True), strict=True)) == {
        "hub_good": ("stored", ""),
        "hub_echo": ("stored", ""),
        "hub_moved": ("failed", "http_302"),
        "hub_denied": ("failed", "http_403"),
        "hub_late": ("failed", "timeout"),
        "hub_cut": ("failed", "network"),
    }
    assert set(found["url"]) == {f"http://hub.test/{name}.php?stn=0&help=0" for name in PATHS}
    assert found["attempts"].to_dict()["hub_cut"] == 2, "retried"
    assert (found.loc["hub_good", "duration_ms"] > 0, crawled.code) == (True, 3)
    observations = pd.read_parquet(crawled.folder / "datasets" / "observations")
    assert observations.groupby("source").size().to_dict() == {"kma_hub": 3}
    assert set(observations["url"]) <= set(found["url"])


@pytest.mark.fault("F31")
def test_the_key_is_nowhere_else(crawled: Run) -> None:
    files = [path for path in crawled.folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".gz", ".parquet", ".sqlite3"}
    for path in files:
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert KEY.encode() not in body, path
        assert QUOTED.encode() not in body, path
        assert b"authKey=s" not in body, path
    for name in ("fetches", "observations", "bulletins", "runs"):
        table = pd.read_parquet(crawled.folder / "datasets" / name).to_csv()
        assert KEY not in table
        assert QUOTED not in table
    assert "hub.test/late.php" in crawled.log, "the log tells of the request"
    assert KEY not in crawled.log
    assert QUOTED not in crawled.log


def test_the_archive_says_where_a_key_was(crawled: Run) -> None:
    records = b"".join(gzip.decompress(path.read_bytes()) for path in (crawled.folder / "archive").glob("*.gz"))
    assert b"# key *** ***" in records
    assert b"X-Key: ***" in records
    assert b"Location: http://hub.test/other.php?authKey=***" in records
    assert b'{"message": "***"}' in records


def test_without_a_key_nothing_is_sent(tmp_path: Path) -> None:
    done = crawl(tmp_path, "hub_good", None)
    assert [hit.path for hit in done.hits if not hit.path.startswith("/robots")] == []
    assert done.fetches.loc["hub_good", ["outcome", "reason"]].tolist() == ["skipped", "no_key"]
    assert done.code == 3
