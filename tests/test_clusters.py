"""Near-duplicates: planted copies found, order and increments without effect, forgotten articles gone."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import newsharvest as nh
from benchmarks import corpus as pages_of
from benchmarks import planted
from newsharvest import cluster_run, forget, operations
from newsharvest.clustering import THRESHOLD, Known, cluster
from newsharvest.files import DataDir
from newsharvest.frames import MissingExtraError
from newsharvest.items import Article, Source
from newsharvest.shingling import WORDS_MIN, bands, jaccard, normalised, shingles
from newsharvest.store import Collector, Store

T0 = datetime(2026, 3, 2, 1, tzinfo=UTC)
WORDS = [f"{a}{b}{c}" for a in "가나다라마바사" for b in "자차카타파하" for c in "간난단란만반산"]


def text(seed: int, words: int = 120) -> list[str]:
    source = random.Random(seed)
    return [source.choice(WORDS) for _ in range(words)]


def item(key: str, words: Iterable[str], minute: int | None = 0, agency: str | None = None) -> Article:
    outlet_id, _, article_id = key.partition("/")
    made = Article(outlet_id, article_id, Source(url=f"http://{outlet_id}.test/{article_id}", fetched_at=T0))
    made.title, made.paragraphs, made.agency = "제목", [" ".join(words)], agency
    if minute is not None:
        made.published_at, made.published_at_precision = T0 + timedelta(minutes=minute), "minute"
    return made


def landed(root: Path, items: Iterable[Article]) -> Store:
    data = DataDir(root)
    data.create()
    store, collector = Store(data), Collector()
    for made in items:
        collector.add(made)
    store.commit(collector.take())
    return store


def rows(root: Path) -> list[dict[str, Any]]:
    table = nh.clusters(data_dir=root, engine="arrow", columns=None)
    return sorted(table.to_pylist(), key=lambda row: (row["outlet_id"], row["article_id"]))


def edited(words: list[str], *places: int) -> list[str]:
    return [f"고친{n}" if n in places else word for n, word in enumerate(words)]


def test_copies_cluster_and_others_do_not(tmp_path: Path) -> None:
    first, second = text(1), text(2)
    store = landed(
        tmp_path,
        [
            item("a/1", first, 30), item("b/7", edited(first, 50), 10), item("c/9", [*first[:100], "보탬"], 20),
            item("a/2", second, 0), item("b/8", text(3), 0), item("b/9", first[: WORDS_MIN - 1], 0),
        ],
    )  # fmt: skip
    report = cluster_run.run(store)
    found = {f"{row['outlet_id']}/{row['article_id']}": row for row in rows(tmp_path)}
    assert (report.articles, report.short, report.clusters, report.members, report.across_outlets) == (6, 1, 1, 3, 1)
    assert {key for key, row in found.items() if row["cluster_id"]} == {"a/1", "b/7", "c/9"}
    assert {found[key]["cluster_id"] for key in ("a/1", "b/7", "c/9")} == {found["a/1"]["cluster_id"]}
    assert [found[key]["is_earliest"] for key in ("a/1", "b/7", "c/9")] == [False, True, False]
    one, other = shingles(normalised(" ".join(first))), shingles(normalised(" ".join(edited(first, 50))))
    assert found["b/7"]["similarity"] == jaccard(one, other) == pytest.approx(115 / 121)
    assert (found["a/1"]["size"], found["a/1"]["outlets"]) == (3, 3)
    assert (found["b/9"]["similarity"], found["a/2"]["is_earliest"]) == (None, None)


def test_agency_copy_is_marked_for_the_whole_cluster(tmp_path: Path) -> None:
    words = text(1)
    store = landed(
        tmp_path,
        [
            item("a/1", words, agency="연합뉴스"),
            item("b/1", words),
            item("c/1", text(2)),
            item("c/2", text(3), agency="뉴스1"),
        ],
    )
    cluster_run.run(store)
    marked = {f"{r['outlet_id']}/{r['article_id']}": (r["agency"], r["agency_copy"]) for r in rows(tmp_path)}
    assert marked == {
        "a/1": ("연합뉴스", True),
        "b/1": ("연합뉴스", True),
        "c/1": (None, False),
        "c/2": ("뉴스1", True),
    }
    assert [r["similarity"] for r in rows(tmp_path)] == [1.0, 1.0, None, None]


@pytest.mark.parametrize(
    ("precision", "hours", "earliest"),
    [("minute", 5, [True, False]), ("day", 5, [None, None]), ("day", 30, [True, False]), (None, 0, [None, None])],
)
def test_the_earliest_is_null_where_a_member_may_have_been_earlier(
    tmp_path: Path, precision: str | None, hours: int, earliest: list[bool | None]
) -> None:
    words = text(1)
    late = item("b/1", words, None)
    if precision:
        moment = T0 + timedelta(hours=hours)
        late.published_at_precision = precision
        late.published_at = moment if precision == "minute" else moment.replace(hour=15) - timedelta(days=1)
    store = landed(tmp_path, [item("a/1", words, 0), late])
    cluster_run.run(store)
    assert [row["is_earliest"] for row in rows(tmp_path)] == earliest


def corpus(count: int, seed: int) -> list[Article]:
    source = random.Random(seed)
    return [
        item(
            f"{'abcd'[n % 4]}/{n}", edited(text(n % (count // 3)), *source.sample(range(120), source.randint(0, 6))), n
        )
        for n in range(count)
    ]


def test_increments_and_order_give_what_one_batch_gives(tmp_path: Path) -> None:
    """Articles come in five steps in a shuffled order, some are changed later, some leave: equal to one run over the end."""
    items = corpus(90, 5)
    changed = [item(f"{made.outlet_id}/{made.article_id}", text(500 + n), n) for n, made in enumerate(items[:6])]
    moved = [item(f"{items[n].outlet_id}/{items[n].article_id}", edited(text(70 - n), 3), n) for n in range(6, 9)]
    for made in (*changed, *moved):
        made.source.fetched_at = T0 + timedelta(hours=1)
    cluster_run.run(landed(tmp_path / "batch", [*items[9:], *changed, *moved]))
    shuffled = items.copy()
    random.Random(1).shuffle(shuffled)
    for start in range(0, 90, 18):
        cluster_run.run(landed(tmp_path / "steps", shuffled[start : start + 18]))
    report = cluster_run.run(landed(tmp_path / "steps", [*changed, *moved]))
    assert (report.read, report.articles) == (9, 90)
    kept = ["outlet_id", "article_id", *(name for name in rows(tmp_path / "batch")[0] if name != "article_id")]
    ours, theirs = (
        [{name: row[name] for name in kept} for row in rows(tmp_path / side)] for side in ("steps", "batch")
    )
    assert ours == theirs
    assert sum(row["cluster_id"] is not None for row in ours) > 60
    again = cluster_run.run(Store(DataDir(tmp_path / "steps")))
    assert (again.read, again.compared, again.changed) == (0, 0, 0)


def test_pure_clustering_does_not_depend_on_order_nor_on_what_is_known() -> None:
    sets = {n: shingles(edited(text(n % 10), *random.Random(n).sample(range(120), 4))) for n in range(40)}
    texts = sorted(sets)
    matrix = bands([sets[n] for n in texts])
    whole = cluster(texts, matrix, lambda some: ((n, sets[n]) for n in some))
    order = random.Random(3).sample(range(40), 40)
    mixed = cluster([texts[n] for n in order], matrix[order], lambda some: ((n, sets[n]) for n in some))
    assert whole.clusters == mixed.clusters
    assert whole.similarity_of == mixed.similarity_of
    early = list(range(25))
    before = cluster(early, matrix[:25], lambda some: ((n, sets[n]) for n in some))
    names = {n: f"c{place}" for place, group in enumerate(before.clusters) for n in group}
    known = Known(names, before.similarity_of, frozenset(early))
    asked: set[int] = set()

    def some_of(some: set[int]) -> list[tuple[int, frozenset[str]]]:
        asked.update(some)
        return [(n, sets[n]) for n in some]

    after = cluster(texts, matrix, some_of, known)
    assert after.clusters == whole.clusters
    assert after.similarity_of == whole.similarity_of
    assert after.verified < whole.verified


def test_a_thousand_of_one_form_are_not_compared_pair_by_pair() -> None:
    """Bulletins that differ in a few words are one cluster, soon; in two steps as in one; others are not drawn in."""
    form = text(1)
    sets = {n: shingles(edited(form, *random.Random(n).sample(range(120), 4))) for n in range(1000)}
    sets |= {n: shingles(text(n)) for n in range(1000, 1100)}
    texts = sorted(sets)
    matrix = bands([sets[n] for n in texts])
    whole = cluster(texts, matrix, lambda some: ((n, sets[n]) for n in some))
    assert whole.clusters == [list(range(1000))]
    assert whole.verified < 100_000  # of 499,500
    before = cluster(texts[:150], matrix[:150], lambda some: ((n, sets[n]) for n in some))
    known = Known(dict.fromkeys(before.clusters[0], "c"), before.similarity_of, frozenset(texts[:150]))
    after = cluster(texts, matrix, lambda some: ((n, sets[n]) for n in some), known)
    assert (after.clusters, after.similarity_of) == (whole.clusters, whole.similarity_of)


def test_a_candidate_is_verified() -> None:
    """Texts that share a band by force and few triples are no cluster."""
    sets = {0: shingles(text(1)), 1: shingles(text(2))}
    forced = np.zeros((2, 32), dtype=np.int32)
    assert cluster([0, 1], forced, lambda some: ((n, sets[n]) for n in some)).clusters == []
    assert jaccard(sets[0], sets[1]) < THRESHOLD


def test_what_leaves_the_articles_leaves_the_clusters(tmp_path: Path) -> None:
    words = text(1)
    store = landed(tmp_path, [item("a/1", words), item("b/1", words), item("c/1", edited(words, 9))])
    cluster_run.run(store)
    assert [row["size"] for row in rows(tmp_path)] == [3, 3, 3]
    forget.forget(store, ["b/1"])
    assert [row["outlet_id"] for row in rows(tmp_path)] == ["a", "c"]
    assert not list((tmp_path / "datasets" / "clusters").glob("outlet_id=b/*"))
    cluster_run.run(store)
    assert [(row["outlet_id"], row["size"]) for row in rows(tmp_path)] == [("a", 2), ("c", 2)]


def test_the_command(tmp_path: Path, command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    words = text(1)
    landed(tmp_path / "d", [item("a/1", words), item("b/1", words)])
    done = command("cluster", "--data-dir", "d", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["clusters"], facts["members"], facts["across_outlets"]) == (1, 2, 1)
    assert nh.runs(data_dir=tmp_path / "d", columns=["command", "ended"]).to_numpy().tolist() == [
        ["cluster", "complete"]
    ]
    nothing = command("cluster", "--data-dir", "nowhere")
    assert nothing.returncode == 2
    assert "no articles in nowhere yet: run `newsharvest demo`" in nothing.stderr
    assert not (tmp_path / "nowhere").exists()


def test_without_rensa_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    store = landed(tmp_path, [item("a/1", text(1))])
    monkeypatch.setitem(sys.modules, "rensa", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'newsharvest\[dedup\]'"):
        cluster_run.run(store)
    assert not (tmp_path / "datasets" / "clusters").exists()


def test_recall_and_precision_on_planted_copies() -> None:
    """The benchmark's own corpus, smaller: at least .98 of the planted pairs, at most .01 of the found ones wrong."""
    texts = planted.corpus(600, seed=11)
    quality = planted.quality(texts, planted.by_rensa(texts))
    assert quality.recall >= 0.98, quality
    assert quality.precision >= 0.99, quality
    assert quality.planted > 200


def test_the_sample_has_clusters() -> None:
    found = nh.sample("clusters")
    spread = found[found["cluster_id"].notna()].groupby("cluster_id")["outlets"].max()
    assert (spread > 1).sum() >= 20
    assert found["agency_copy"].sum() >= 4
    assert set(found.columns).isdisjoint({"bands", "text_hash", "sketch", "article_hash"})


def stale_article(store: Store) -> dict[str, Any]:
    """An article that no page holds any more, with a body of another's."""
    row = next(row for row in store.rows("articles") if row["body"])
    return {**row, "article_id": "999999"}


@pytest.fixture
def archived(tmp_path: Path) -> DataDir:
    """Articles that several outlets of the benchmarks' corpus print alike, one that is gone, and their clusters."""
    data = DataDir(tmp_path / "d")
    data.create()
    pages_of.archived(pages_of.pages(10), data.archive, "20260302T000000Z-abcdef")
    operations.rebuild_all(data, 1)
    store = Store(data)
    row = stale_article(store)
    store.commit({("articles", f"outlet_id={row['outlet_id']}/part-n00099.parquet"): [row]})
    report = cluster_run.run(store)
    assert (report.clusters, report.members) == (1, 4)
    return data


def test_a_rebuild_brings_clusters_up_to_date(archived: DataDir) -> None:
    before = rows(archived.root)
    outcome = operations.rebuild_all(archived, 1)
    assert [row for row in before if row["article_id"] == "999999"] != []
    after = rows(archived.root)
    assert {row["article_id"] for row in after} == {row["article_id"] for row in before} - {"999999"}
    assert {row["size"] for row in after if row["cluster_id"]} == {3}
    assert outcome.report.notes == ["clusters: 1 of 3 articles, 4 rows changed"]
    assert cluster_run.run(Store(archived)).changed == 0


def test_without_the_extra_a_rebuild_keeps_clusters_and_says_so(
    archived: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise MissingExtraError("rensa is not installed")

    before = rows(archived.root)
    monkeypatch.setattr(cluster_run, "sketch_name", missing)
    outcome = operations.rebuild_all(archived, 1)
    assert rows(archived.root) == before
    assert outcome.report.notes == [
        "clusters are those of the articles before (rensa is not installed): `newsharvest cluster` brings them up to date"
    ]
    monkeypatch.undo()
    cluster_run.run(Store(archived))
    assert "999999" not in {row["article_id"] for row in rows(archived.root)}
