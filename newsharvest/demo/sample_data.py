"""The bundled sample, ``data/sample``: ``python -m newsharvest.demo.sample_data`` writes it anew, the same on every machine.

The weather is real: four hours of KMA's temperatures (기상청, KOGL type 1). The articles are made up, of made-up papers, and
carry the flag ``synthetic``; only the places in them exist. Everything passes the pipelines that a crawl passes.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from newsharvest import cluster_run
from newsharvest.chain import Chain
from newsharvest.demo.sample_words import CHANGED, PLACES, TOPICS, Topic
from newsharvest.files import MANIFEST, DataDir
from newsharvest.items import Article, Reading, Source, WeatherBulletin
from newsharvest.runlog import reference_tables
from newsharvest.store import Collector, Sink, Store

KST = ZoneInfo("Asia/Seoul")
SYNTHETIC = "synthetic"
FOLDER = Path(__file__).parents[2] / "data" / "sample"
_SEED = 20260925
_ARTICLES, _RELEASES = 150, 24
_FIRST_DAY = datetime(2026, 9, 19, 7, tzinfo=KST)
_MINUTES = 8 * 24 * 60
_PAPERS = {
    "demo_haeram": ("해람일보", "http://www.haeram.test/news/articleView.html?idxno={n}"),
    "demo_noeul": ("노을뉴스", "http://noeul.test/bbs/board.php?bo_table=news&wr_id={n}"),
    "demo_sorae": ("소래신문", "http://www.sorae.test/news/article.html?no={n}"),
}
_HOUR = {"kma_2026_09_25_19h": datetime(2026, 9, 25, 19, tzinfo=KST)}
_DAY = {"seed_2024_04_30": date(2024, 4, 30)}


class _Kept(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


@dataclass(frozen=True, slots=True)
class Text:
    """A made-up text: what a paper prints, or a town hall sends to all of them."""

    title: str
    paragraphs: tuple[str, ...]


def write(folder: Path = FOLDER) -> None:
    """Make the sample in a folder that did not exist or is replaced: Parquet below ``datasets``, nothing else."""
    shutil.rmtree(folder / "datasets", ignore_errors=True)
    data = DataDir(folder)
    for made in (data.datasets, data.staging):
        made.mkdir(parents=True)
    sink = _Kept()
    chain = Chain(sink)
    for item in articles():
        chain.item(item)
    for bulletin in bulletins():
        chain.item(bulletin)
    store = Store(data)
    store.commit(sink.collector.take() | reference_tables())
    cluster_run.run(store)
    shutil.rmtree(data.staging)
    (data.datasets / MANIFEST).unlink()


def articles() -> Iterator[Article]:
    """Articles of three papers in nine days: their own, and releases that several of them print with changes."""
    source = random.Random(_SEED)
    for number in range(_ARTICLES):
        paper = source.choice(list(_PAPERS))
        yield _article(paper, 1000 + number, _text(source), _moment(source), source)
    for number in range(_RELEASES):
        release, sent = _text(source, long=True), _moment(source)
        for place, paper in enumerate(source.sample(list(_PAPERS), source.randint(2, 3))):
            printed = _reprinted(release, source) if place else release
            moment = sent + timedelta(minutes=source.randint(5, 300) * place)
            agency = "연합뉴스" if number % 6 == 0 else None
            yield _article(paper, 3000 + 10 * number + place, printed, moment, source, agency=agency)


def _moment(source: random.Random) -> datetime:
    return _FIRST_DAY + timedelta(minutes=source.randrange(_MINUTES))


def _text(source: random.Random, *, long: bool = False) -> Text:
    topic: Topic = source.choice(TOPICS)
    words = {"place": source.choice(PLACES), "day": source.randint(1, 28), "count": source.randint(3, 98) * 10}
    words |= {"share": source.randint(2, 39), "other": source.choice(PLACES)}
    chosen = source.sample(topic.sentences, min(len(topic.sentences), 6 if long else 3))
    filled = [sentence.format(**words) for sentence in chosen]
    first = topic.lead.format(**words)
    return Text(topic.title.format(**words), (first, *(" ".join(filled[i : i + 2]) for i in range(0, len(filled), 2))))


def _reprinted(release: Text, source: random.Random) -> Text:
    """As another paper prints it: another headline, a word or two changed, sometimes without the last paragraph."""
    paragraphs = list(release.paragraphs)
    old, new = source.choice(CHANGED)
    paragraphs = [paragraph.replace(old, new) for paragraph in paragraphs]
    if source.random() < 0.3 and len(paragraphs) > 3:
        paragraphs.pop()
    return Text(f"{release.title}… {source.choice(('눈길', '관심', '본격화', '박차'))}", tuple(paragraphs))


def _article(
    paper: str, number: int, text: Text, moment: datetime, source: random.Random, *, agency: str | None = None
) -> Article:
    name, url = _PAPERS[paper]
    made = Article(paper, str(number), Source(url=url.format(n=number), fetched_at=moment + timedelta(hours=2)))
    made.title, made.paragraphs = text.title, list(text.paragraphs)
    made.byline_raw = " ".join(filter(None, (agency, f"표본{source.randint(1, 9)} 기자")))
    made.rights_notice = f"{name}: 지어낸 표본 기사"
    made.published_at, made.published_at_precision = moment.replace(second=0), "minute"
    made.published_at_raw, made.published_at_label = f"{moment:%Y-%m-%d %H:%M}", "입력"
    made.extractors, made.flags = {"title": "sample", "paragraphs": "sample"}, [SYNTHETIC]
    made.encoding, made.encoding_source = "utf-8", "bytes"
    return made


def bulletins() -> Iterator[WeatherBulletin]:
    """The real hours: a table that states it, a ticker that states a day, two feed dumps of which no date is known."""
    with (FOLDER / "hours.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for column in [name for name in rows[0] if name not in {"stn_id", "name_ko", "sky_2024_04_30"}]:
        stated = [row for row in rows if row[column]]
        source_id = "kma_table" if column in _HOUR else "sample_ticker" if column in _DAY else "sample_feed"
        made = WeatherBulletin(
            source_id, column, Source(source_file="hours.csv"), "table" if column in _HOUR else "dom"
        )
        made.observed_at, made.displayed_date = _HOUR.get(column), _DAY.get(column)
        made.readings = [_reading(place, row, column) for place, row in enumerate(stated, 1)]
        yield made


def _reading(position: int, row: Mapping[str, str], column: str) -> Reading:
    sky = row["sky_2024_04_30"] if column in _DAY else ""
    raw = f"{sky}{row['name_ko']}{row[column]}℃"
    reading = Reading(position, raw, sky or None, row["name_ko"], f"{row[column]}℃")
    reading.stn_id_raw = row["stn_id"]
    return reading


if __name__ == "__main__":
    write()
