"""Loading: engines, regions, pruned files, replaced files, SQL, the sample and the wheel."""

from __future__ import annotations

import subprocess
import sys
import threading
import venv
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import newsharvest as nh
from newsharvest import frames, reading
from newsharvest.demo import sample_data
from newsharvest.places import UnknownRegionError, codes_of
from newsharvest.schema import DATASETS
from tests.conftest import REPO, SHARED

SAMPLE = nh.sample_dir()


def test_every_engine_gives_the_same_rows_and_says_where_they_are_from() -> None:
    columns = ["outlet_id", "article_id", "published_at"]
    plain = nh.articles(columns=columns, data_dir=SAMPLE)
    arrow = nh.articles(columns=columns, data_dir=SAMPLE, engine="arrow")
    polars = nh.articles(columns=columns, data_dir=SAMPLE, engine="polars")
    duckdb = nh.articles(columns=columns, data_dir=SAMPLE, engine="duckdb")
    keys = list(zip(plain["outlet_id"], plain["article_id"], strict=True))
    assert len(set(keys)) == len(keys) > 150
    for table in (arrow, polars.to_arrow(), duckdb.to_arrow_table()):
        assert sorted(zip(*(table[name].to_pylist() for name in columns[:2]), strict=True)) == sorted(keys)
    assert plain.attrs["data_dir"] == str(SAMPLE)
    assert arrow.schema.metadata[b"newsharvest.data_dir"].decode() == str(SAMPLE)
    assert str(plain["article_id"].dtype) == "str"
    assert isinstance(plain["article_id"].array, pd.arrays.ArrowStringArray)


def test_an_engine_that_is_not_installed_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("polars", "duckdb"):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(frames.MissingExtraError, match=rf"pip install 'newsharvest\[{name}\]'"):
            nh.articles(data_dir=SAMPLE, engine=name)
    with pytest.raises(frames.MissingExtraError, match=r"newsharvest\[duckdb\]"):
        nh.sql("select 1", data_dir=SAMPLE)


@pytest.mark.parametrize(
    ("wanted", "held", "lacking"),
    [
        ("48820", {"48820"}, {"51820"}),
        ("경남 고성군", {"48820"}, {"42820", "51820"}),
        ("강원특별자치도 고성군", {"51820", "42820"}, {"48820"}),
        ("강원", {"51", "42", "51820", "42820"}, {"48820"}),
        ("군위군", {"27720", "47720"}, {"27"}),
        ("전남", {"46", "46110", "12110"}, {"12", "29", "12300"}),
        ("전남광주통합특별시", {"12", "12110", "46", "46110", "29", "29170"}, {"45"}),
        ("수원시", {"41110", "41111", "41117"}, {"41"}),
        ("28110", {"28110", "28155"}, {"28125"}),  # 영종구 was cut from it; 제물포구 has a part of 동구 too
        (["27", "50"], {"27", "27720", "50110"}, {"47"}),
    ],
)
def test_a_region_is_its_codes_of_all_times_and_what_lies_in_it(wanted: Any, held: set[str], lacking: set[str]) -> None:
    codes = codes_of(wanted)
    assert held <= codes
    assert not lacking & codes


def test_region_errors_say_what_could_be_meant() -> None:
    with pytest.raises(
        UnknownRegionError, match="48820 경상남도 고성군, 51820 강원특별자치도 고성군: name its province"
    ):
        nh.articles(region="고성군", data_dir=SAMPLE)
    with pytest.raises(UnknownRegionError, match="no region '강능시'; did you mean 강릉시"):
        nh.articles(region="강능시", data_dir=SAMPLE)


def test_articles_of_a_region() -> None:
    every = nh.articles(data_dir=SAMPLE)
    found = nh.articles(region="강원", columns=["article_id", "title"], data_dir=SAMPLE)
    expected = every[[any(tag["sido_code"] == "51" for tag in tags) for tags in every["regions"]]]
    assert 0 < len(found) < len(every)
    assert found["article_id"].tolist() == expected["article_id"].tolist()
    assert found.columns.tolist() == ["article_id", "title"]
    one = nh.articles(region="경남 고성군", outlets="demo_haeram", data_dir=SAMPLE)
    assert all("48820" in {tag["code"] for tag in tags} for tags in one["regions"])
    assert isinstance(every["regions"].iloc[0][0]["candidates"], list)


def test_only_the_folders_that_may_hold_rows_are_opened(tmp_path: Path) -> None:
    """Files of other outlets and months may even be broken."""
    import shutil

    shutil.copytree(SAMPLE / "datasets", tmp_path / "datasets")
    for name in ("articles/outlet_id=demo_noeul", "observations/month=2024-04", "observations/month=unknown"):
        for path in (tmp_path / "datasets" / name).iterdir():
            path.write_bytes(b"PAR1 broken")
    assert set(nh.articles(outlets="demo_haeram", data_dir=tmp_path)["outlet_id"]) == {"demo_haeram"}
    assert len(nh.observations(since="2026-09-01", data_dir=tmp_path)) == 97
    with pytest.raises((OSError, pa.ArrowInvalid)):
        nh.articles(data_dir=tmp_path)


def test_columns_that_later_versions_added_are_null_in_older_files(tmp_path: Path) -> None:
    folder = tmp_path / "datasets" / "runs"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"run_id": ["r1"]}), folder / "part-0.parquet")
    frame = nh.runs(data_dir=tmp_path)
    assert frame["run_id"].tolist() == ["r1"]
    assert frame["command"].isna().all()


def test_files_that_are_replaced_while_they_are_read_never_mix(tmp_path: Path) -> None:
    """A writer replaces both files again and again, of other lengths: every result has whole files of one state each."""
    folder = tmp_path / "datasets" / "runs"
    folder.mkdir(parents=True)
    stop = threading.Event()

    def put(part: int, state: int) -> None:
        name, fresh = folder / f"part-{part}.parquet", folder / f"_fresh-{part}"
        rows = 50 + state * 37 % 400
        pq.write_table(pa.table({"run_id": [f"{state}"] * rows, "requests": [rows] * rows}), fresh)
        fresh.rename(name)

    def write() -> None:
        state = 0
        while not stop.is_set():
            state += 1
            put(state % 2, state)

    for part in (0, 1):
        put(part, part)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(150):
            table = nh.runs(columns=["run_id", "requests"], data_dir=tmp_path, engine="arrow").to_pandas()
            counts = table.groupby("run_id")["requests"].agg(["size", "min", "max"])
            assert len(counts) <= 2
            assert (counts["size"] == counts["min"]).all()
            assert (counts["size"] == counts["max"]).all()
    finally:
        stop.set()
        writer.join()


def test_a_failure_is_tried_again_only_where_a_file_changed() -> None:
    states = iter([1, 2, 2, 2])
    tries = []

    def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise FileNotFoundError("gone")
        return "read"

    with pytest.raises(FileNotFoundError):
        reading.steadily(work, lambda: next(states))
    assert len(tries) == 2  # the first failure came with a change, the second without


def test_the_data_dir_that_was_found_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").symlink_to(SAMPLE)
    monkeypatch.delenv("NEWSHARVEST_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        nh.articles(columns=["title"])
    assert capsys.readouterr().err == f"newsharvest reads {tmp_path / 'data'}\n"


def test_sql_over_every_dataset_in_korean_time() -> None:
    found = nh.sql(
        "select o.stn_id, s.name, o.observed_at from observations o join stations s using (stn_id) "
        "where o.stn_id = 108 and o.observed_at is not null",
        data_dir=SAMPLE,
    )
    assert found["name"].tolist() == ["서울"]
    assert found["observed_at"].iloc[0].isoformat() == "2026-09-25T19:00:00+09:00"
    counted = nh.sql(
        "select outlet_id, count(*) n from articles group by 1 order by 1", data_dir=SAMPLE, engine="arrow"
    )
    assert counted["n"].to_pylist() == nh.sample().groupby("outlet_id").size().tolist()
    with pytest.raises(FileNotFoundError, match="no forecasts in"):
        nh.sql("select * from forecasts", data_dir=SAMPLE)


def test_the_sample_says_what_it_is() -> None:
    articles = nh.sample()
    assert all("synthetic" in flags for flags in articles["flags"])
    assert "synthetic" in articles.attrs["note"]
    assert "KOGL" in articles.attrs["note"]
    weather = nh.sample("observations")
    seoul = weather[weather["stn_id"] == 108].set_index("source")["temperature_c"]
    assert (seoul["kma_table"], seoul["sample_ticker"]) == (19.3, 17.6)
    assert len(weather) == 386
    with pytest.raises(ValueError, match="the sample has no 'forecast': there are articles"):
        nh.sample("forecast")


def test_the_sample_is_what_its_generator_makes(tmp_path: Path) -> None:
    """Keys, texts, times, places and values; `python -m newsharvest.demo.sample_data` writes it anew after a change of parser."""
    sample_data.write(tmp_path)
    for name, columns in (
        ("articles", ["outlet_id", "article_id", "title", "body", "published_at", "regions"]),
        (
            "observations",
            ["bulletin_id", "position", "stn_id", "temperature_c", "sky", "observed_at", "displayed_date"],
        ),
    ):
        ours, theirs = (reading.read(root, reading.Query(name, columns=columns)) for root in (SAMPLE, tmp_path))
        assert ours.equals(theirs), f"{name}: python -m newsharvest.demo.sample_data"
    size = sum(path.stat().st_size for path in SAMPLE.rglob("*.parquet"))
    assert size < 600_000


def test_the_real_hours_are_those_of_the_reference_cases() -> None:
    if not (SHARED / "reference" / "qc_cases.csv").exists():
        return  # the cases are copied into data/sample/hours.csv; this holds only where both are
    cases = pd.read_csv(SHARED / "reference" / "qc_cases.csv")
    hours = pd.read_csv(SAMPLE / "hours.csv")
    columns = ["stn_id", "seed_2024_04_30", "feed_summer", "feed_winter", "kma_2026_09_25_19h"]
    pd.testing.assert_frame_equal(cases[columns], hours[columns])


def test_a_wheel_in_an_empty_environment_has_the_sample(tmp_path: Path) -> None:
    """Built as pip builds it; its dependencies are lent from here, so that no index is asked."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=REPO, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    # A path file names the libraries of this environment; its own path files (the checkout) are not read there.
    (packages / "lent.pth").write_text(str(Path(pd.__file__).parents[1]) + "\n")
    code = "import newsharvest as nh; print(nh.sample().head()); print(nh.__file__, nh.sample_dir(), len(nh.regions()))"
    shown = subprocess.run(
        [python, "-c", code], cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert shown.returncode == 0, shown.stderr
    assert "demo_haeram" in shown.stdout
    assert shown.stdout.splitlines()[-1].split() == [
        str(packages / "newsharvest" / "__init__.py"), str(packages / "newsharvest" / "_sample"), "354",
    ]  # fmt: skip


def test_every_function_of_the_api_is_there_and_dated_columns_are_typed() -> None:
    for name in nh.__all__:
        assert callable(getattr(nh, name)), name
    regions = nh.regions()
    assert len(regions) == 354
    assert set(DATASETS["regions"].schema.names) == set(regions.columns)
    frame = nh.sample("bulletins")
    assert str(frame["observed_at"].dtype) == "datetime64[ms, Asia/Seoul]"
    assert date(2026, 9, 25) in set(frame["observed_at"].dropna().dt.date)
