"""Bytes first: every lie of header and meta, mixed bytes, and text that was saved by a wrong table."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from newsharvest.harvest import harvest
from newsharvest.items import Article, Reject
from newsharvest.mojibake import reversed_mojibake
from newsharvest.page import Page, decode
from pipelines.text import clean_article

NOISE = Path(__file__).parents[2] / "shared" / "pages" / "noise"
URL = "http://www.haeram.test/news/articleView.html?idxno=5"
TITLE, FIRST, LAST = "똠방각하 쉼터 연다", "해람시가 펲 쉼터를 연다고 밝혔다.", "주민들은 뷁 소리를 냈다고 말했다."
LABELS = ("utf-8", "euc-kr", "iso-8859-1")


def html(charset: str = "", title: str = TITLE, first: str = FIRST, last: str = LAST) -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return (
        f"<html><head>{meta}<title>{title}</title></head><body><h3 class=heading>{title}</h3>"
        f"<article id=article-view-content-div><p>{first}</p><p>{last}</p></article></body></html>"
    )


def article_of(body: bytes, header: str | None = None) -> Article:
    headers = {"content-type": f"text/html; charset={header}"} if header else {}
    (item,) = harvest(Page(URL, body, headers=headers))
    assert isinstance(item, Article), item
    clean_article(item)
    return item


@pytest.mark.fault("F21")
@pytest.mark.parametrize("body", ["utf-8", "cp949"])
@pytest.mark.parametrize(
    ("header", "meta"), [*itertools.product(LABELS, LABELS), (None, ""), (None, "euc-kr"), ("utf-8", "")]
)
def test_no_lie_of_header_or_meta_changes_a_letter(body: str, header: str | None, meta: str) -> None:
    article = article_of(html(meta).encode(body), header)
    assert (article.title, article.paragraphs) == (TITLE, [FIRST, LAST])
    assert (article.encoding, article.replacement_chars) == (body, 0)


@pytest.mark.fault("F21")
@pytest.mark.parametrize(
    ("text", "header", "encoding", "source"),
    [
        ("속초 8.2℃", None, "cp949", "sniffed"),
        ("속초 8.2℃", "euc-kr", "cp949", "header"),
        ("속초 8.2℃", "ks_c_5601-1987", "cp949", "header"),
        ("속초 8.2℃", "utf-8", "cp949", "sniffed"),
        ("속초 8.2℃", "no-such-label", "cp949", "sniffed"),
    ],
)
def test_short_cp949(text: str, header: str | None, encoding: str, source: str) -> None:
    decoded = decode(text.encode("cp949"), f"text/html; charset={header}" if header else None)
    assert (decoded.text, decoded.encoding, decoded.source) == (text, encoding, source)


def test_odd_spellings_of_the_meta() -> None:
    for meta in (
        b"<META charSet=EUC-KR>",
        b"<meta charset = 'euc-kr' />",
        b'<meta charset="utf-8"><meta charset="euc-kr">',
    ):
        assert decode(meta + "속초".encode("cp949")).encoding == "cp949"


@pytest.mark.fault("F21")
@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]
)
def test_byte_order_marks(mark: bytes, encoding: str) -> None:
    article = article_of(mark + html().encode(encoding), "euc-kr")
    assert (article.paragraphs, article.encoding, article.encoding_source) == ([FIRST, LAST], encoding, "bom")


@pytest.mark.fault("F22")
def test_a_few_damaged_bytes_are_counted_and_more_than_a_thousandth_is_a_reject() -> None:
    long = FIRST * 200
    footer = "저작권자 해람일보".encode("cp949")
    some = html(first=long).encode() + b"\xff\xfe\xff"
    article = article_of(some, "utf-8")
    assert (article.paragraphs, article.encoding_source, article.replacement_chars) == ([long, LAST], "damaged", 3)
    (reject,) = harvest(Page(URL, html().encode() + footer, headers={"content-type": "text/html; charset=utf-8"}))
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("decode", "replacement_chars")
    assert reject.raw is not None
    assert "heading" in reject.raw


@pytest.mark.fault("F23")
def test_nul_never_survives() -> None:
    assert article_of(html(first=f"{FIRST[:5]}\x00{FIRST[5:]}").encode()).paragraphs == [FIRST, LAST]


PLAIN = {"title": "해람시 쉼터 연다", "first": "해람시가 쉼터를 연다고 밝혔다.", "last": "주민들은 반겼다고 한다."}


@pytest.mark.parametrize(("wrong", "meant"), [("latin-1", "cp949"), ("latin-1", "utf-8")])
def test_a_page_saved_by_a_wrong_table_is_made_readable(wrong: str, meant: str) -> None:
    article = article_of(html(**PLAIN).encode(meant).decode(wrong).encode("utf-8"))
    assert [article.title, *article.paragraphs] == list(PLAIN.values())
    assert article.flags == ["mojibake_repaired"]
    assert article.encoding_source == "repaired"


def test_an_article_saved_by_a_wrong_table_within_a_right_page_is_made_readable() -> None:
    broken = {name: text.encode("cp949").decode("latin-1") for name, text in PLAIN.items()}
    article = article_of((html(**broken) + "<footer>해람일보</footer>").encode())
    assert [article.title, *article.paragraphs] == list(PLAIN.values())
    assert article.flags == ["mojibake_repaired"]


@pytest.mark.parametrize(
    "text",
    ["Café Übergröße", "naïve ©2024 Bücher", "속초 Café", "È\xad", "¿Qué? ¡Sí!", "±³Ã¼ÇØ È", "½ ¼ ¾", "ÄÅÇ", "日本語", ""],
)  # fmt: skip
def test_what_is_not_provably_mojibake_stands(text: str) -> None:
    assert reversed_mojibake(text) is None


@pytest.mark.skipif(not NOISE.is_dir(), reason="the samples are not at hand")
def test_real_samples() -> None:
    lines = (NOISE / "mojibake_samples.jsonl").read_text(encoding="utf-8").splitlines()
    samples = [json.loads(line) for line in lines]
    assert len(samples) >= 10
    for sample in samples:
        wanted = sample["decoded"] if sample["fully_recoverable"] else None
        assert reversed_mojibake(sample["stored_text"]) == wanted
