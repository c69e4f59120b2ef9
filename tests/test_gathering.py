"""Rows that travel and wait as columns are joined as rows are, whatever the parts they came in and their order."""

from __future__ import annotations

import pickle
import random
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from benchmarks import corpus
from newsharvest.chain import Chain
from newsharvest.files import file_of
from newsharvest.gathering import Waiting, as_rows, gathered
from newsharvest.items import Item, Reject, Sighting
from newsharvest.page import Page
from newsharvest.schema import DATASETS, Row, rows
from newsharvest.schema.blocks import Block, tabled
from newsharvest.schema.joining import group_key, join_all
from newsharvest.schema.rows import blocks
from newsharvest.store import Collector, Sink


class Kept(Sink):
    def __init__(self) -> None:
        self.collector = Collector()
        self.items: list[Item] = []

    def put(self, item: Item) -> None:
        self.items.append(item)


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """Articles and tickers, most of them shown several times: later, at the same time, and by the very same page."""
    sink = Kept()
    made = corpus.pages(12, pages_a_ticker=2)
    assert made[0].fetched_at is not None
    later = [
        Page(page.url, page.body, 200, page.headers, page.fetched_at + timedelta(hours=1))
        for page in made[:7]
        if page.fetched_at
    ]
    chain = Chain(sink)
    for page in [*made, *later, *made[3:9], made[0]]:
        chain.page(page)
    source = sink.items[0].source
    sink.items.append(Sighting("demo_haeram", "1000", status=404, source=source))
    sink.items.append(Sighting("demo_haeram", "never seen", status=304, source=source))
    sink.items += [Reject("parse", reason, source, "demo_haeram", "detail", None) for reason in ("one", "two")]
    return sink.items


def by_file(made: list[tuple[str, Row]]) -> dict[tuple[str, str], pa.Table]:
    """What the join of all rows leaves, as it lies in files, in one order."""
    found: dict[tuple[str, str], list[Row]] = {}
    for name in DATASETS:
        for row in join_all(DATASETS[name], [row for of, row in made if of == name]):
            found.setdefault((name, file_of(name, row)), []).append(row)
    return {
        (name, path): ordered(name, pa.Table.from_pylist(f, schema=DATASETS[name].schema))
        for (name, path), f in found.items()
    }


def ordered(name: str, table: pa.Table) -> pa.Table:
    return table.sort_by([(key, "ascending") for key in DATASETS[name].key if key in table.column_names])


@pytest.mark.parametrize(("parts", "seed"), [(1, 0), (3, 1), (3, 2), (12, 3), (1000, 4)])
def test_parts_in_any_order_give_the_join_of_all_rows(items: list[Item], parts: int, seed: int) -> None:
    turn = random.Random(seed)
    shuffled = turn.sample(items, len(items))
    waiting = Waiting()
    for number in range(parts):
        collector = Collector()
        for item in shuffled[number::parts]:
            collector.add(item)
        for more in collector.gathered():
            waiting.add(pickle.loads(pickle.dumps(more)))
    counted, size = waiting.rows, waiting.size
    found = {(name, path): ordered(name, table) for (name, path), table in waiting.take().items()}
    assert found == by_file([pair for item in items for pair in rows(item)])
    assert counted >= sum(table.num_rows for table in found.values()) > 500
    assert size > 100_000
    assert (waiting.rows, waiting.size, waiting.take()) == (0, 0, {})


def test_a_bulletins_readings_are_columns_and_read_as_rows(items: list[Item]) -> None:
    found = [block for item in items for name, block in blocks(item) if name == "observations"]
    block = max(found, key=len)
    assert isinstance(block, Block)
    assert len(block) == 97
    assert block[-1] == list(block)[96] == block[96:][0]
    assert list(block[0]) == list(dict.fromkeys(list(block[0])))
    assert {column.name for column in DATASETS["observations"].columns} == set(block[0])
    assert len({block[n]["position"] for n in range(97)}) == 97
    assert len({block[n]["url"] for n in range(97)}) == 1


def test_columns_of_blocks_hold_what_their_rows_hold(items: list[Item]) -> None:
    dataset = DATASETS["observations"]
    found = [block for item in items for name, block in blocks(item) if name == "observations"]
    plain = pa.Table.from_pylist([row for block in found for row in block], schema=dataset.schema)
    assert tabled(dataset, found).equals(plain)


def test_gathered_rows_are_told_by_file_and_key_and_survive_the_way(items: list[Item]) -> None:
    groups: list[tuple[str, Any]] = [pair for item in items for pair in blocks(item)]
    for one in gathered(groups):
        here = [block for name, block in groups if name == one.name]
        again = pickle.loads(pickle.dumps(one))
        assert again.table.schema.equals(DATASETS[one.name].schema, check_metadata=True)
        assert again.table.equals(one.table)
        assert [(group, count) for group, count in again.groups] == [
            ((file_of(one.name, block[0]), group_key(DATASETS[one.name], block[0])), len(block)) for block in here
        ]


def test_the_hive_column_comes_back_from_the_path(items: list[Item]) -> None:
    waiting = Waiting()
    for one in gathered([pair for item in items[:3] for pair in blocks(item)]):
        waiting.add(one)
    for (name, path), table in waiting.take().items():
        for row in as_rows(DATASETS[name], path, table):
            assert file_of(name, row) == path
            if name == "articles":
                assert path.startswith(f"outlet_id={row['outlet_id']}/")
