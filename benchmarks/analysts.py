"""What analysts wait for: two columns of 100,000 articles against importing pandas, and what regions add to a page."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
from lxml import html

from benchmarks import corpus
from benchmarks.measure import Benchmark, Figure, Options, Result, cpu, figure, ratios
from newsharvest.harvest import harvest
from newsharvest.items import Article
from newsharvest.schema import DATASETS
from pipelines.credits import credit_article
from pipelines.dates import date_article
from pipelines.regions import tag_article
from pipelines.text import clean_article

_FILE = 10_000
_REPEATS = 10
_IMPORTS = "import pandas, pyarrow.dataset"
_CPU = "import resource; used = resource.getrusage(resource.RUSAGE_SELF); print(used.ru_utime + used.ru_stime)"
_LOAD = "import newsharvest as nh; f = nh.articles(columns=['title', 'published_at'], data_dir={root!r}); assert len(f) == {count}"


def measure(options: Options) -> Result:
    """Both, paired pass by pass."""
    count, passes = options.size(100_000, 2_000), options.size(7, 2)
    result = Result(
        [f"{count:,} articles in files of {_FILE:,}, bodies of 2.6 kB", f"{passes} passes, CPU time of processes"]
    )
    with tempfile.TemporaryDirectory() as root:
        _write(Path(root), count)
        load = _LOAD.format(root=root, count=count)
        imports, loads = [], []
        for _ in range(passes):
            imports.append(_spent(_IMPORTS))
            loads.append(_spent(load))
    result.figures.append(
        figure(
            "nh.articles(), two columns, new process, against import pandas, pyarrow.dataset",
            ratios(loads, imports), "×", at_most=1.5,
        )
    )  # fmt: skip
    result.figures.append(_tagging(options))
    return result


def _spent(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", f"{code}\n{_CPU}"], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _write(root: Path, count: int) -> None:
    """Ten outlets; every column of the schema, most of them null."""
    schema = DATASETS["articles"].schema
    began = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Seoul"))
    sentence = "마을 사람들은 새로 놓인 다리를 건너 장터로 갔다. "
    for start in range(0, count, _FILE):
        numbers = range(start, min(count, start + _FILE))
        columns = {
            "article_id": [str(n) for n in numbers],
            "title": [f"{n}번째 소식, 다리 {n % 97}개 놓여" for n in numbers],
            "body": [f"{n} {sentence * 30}{n * n}" for n in numbers],
            "published_at": [began + timedelta(minutes=n) for n in numbers],
        }
        nulls = {name: [None] * len(numbers) for name in schema.names if name not in columns}
        folder = root / "datasets" / "articles" / f"outlet_id=paper{start // _FILE % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        table = pa.table({**columns, **nulls}, schema=pa.schema([schema.field(n) for n in (*columns, *nulls)]))
        pq.write_table(table.select(schema.names), folder / f"part-n{start // _FILE:05d}.parquet", compression="zstd", row_group_size=2_000)  # fmt: skip


def _tagging(options: Options) -> Figure:
    pages = corpus.pages(options.size(150, 20))
    articles = [item for page in pages for item in harvest(page) if isinstance(item, Article)]
    for article in articles:
        clean_article(article)
        credit_article(article)
        date_article(article)
    works = options.size(7, 2)
    floors = [cpu(lambda: [html.document_fromstring(page.body) for page in pages]) for _ in range(works)]
    # Repeated: the first small allocation after a parse pays for the parse's memory.
    tags = [cpu(lambda: [tag_article(a) for _ in range(_REPEATS) for a in articles]) / _REPEATS for _ in range(works)]
    return figure("tagging regions, of the bare lxml parse of the page", ratios(tags, floors), "× floor", at_most=0.1)


BENCHMARK = Benchmark("Notebooks: loading, and what regions cost", measure)
