"""Credits: every printed form of byline, dateline and copyright line leaves the body; nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsharvest.cms.bylines import agency_in, names_in, read_dateline
from newsharvest.demo.truth import without_mail
from newsharvest.items import Article, Dropped, Reject, Source
from pipelines.credits import CreditsPipeline, credit_article

BODY = "해람시는 쉼터를 연다고 27일 밝혔다."
LAST = "바뀐 시간표는 정류장마다 붙는다."


def credited(*paragraphs: str, **fields: object) -> Article:
    article = Article("a_kr", "1", Source(), paragraphs=list(paragraphs))
    for name, value in fields.items():
        setattr(article, name, value)
    credit_article(article)
    return article


@pytest.mark.parametrize(
    ("byline", "people"),
    [
        ("이용민 기자", ["이용민"]),
        ("/최재우기자 cjw900@", ["최재우"]),
        ("이현제 기자 guswp3@", ["이현제"]),
        ("/ 박태성기자 ts_park@haeram.test", ["박태성"]),
        ("/화순=조성수 기자 css@haeram.test", ["조성수"]),
        ("[ 경기신문 / 인천 = 이재민 기자 ]", ["이재민"]),
        ("한정근 기자 (hjg@haeram.test)", ["한정근"]),
        ("한정근 기자 <sung@haeram.test>", ["한정근"]),
        ("[류영상 기자 ify@haeram.test]", ["류영상"]),
        ("칼럼니스트 박생강", ["박생강"]),
        ("정덕현 칼럼니스트", ["정덕현"]),
        ("박준석 기자 외 1명", ["박준석"]),
        ("신성우 sungwoo2010@haeram.test", ["신성우"]),
        ("뉴스에이 박성수 newsa@haeram.test", ["박성수"]),
        ("[시사뉴스 김백순 기자]", ["김백순"]),
        ("김하늘·나바다 기자", ["김하늘", "나바다"]),
        ("김하늘, 나바다 기자", ["김하늘", "나바다"]),
        ("제갈도윤 선임기자", ["제갈도윤"]),
        ("崔東炫 기자", ["崔東炫"]),
        ("글·사진 김하늘 기자", ["김하늘"]),
        ("글·사진=김하늘 기자 sky@haeram.test", ["김하늘"]),
        ("취재 김하늘 기자", ["김하늘"]),
        ("해람일보 김하늘 기자 ⓒ", ["김하늘"]),
        ("김하늘 기자 a@haeram.test, 나바다 기자 b@haeram.test", ["김하늘", "나바다"]),
    ],
)
def test_a_byline_on_its_own_line(byline: str, people: list[str]) -> None:
    article = credited(BODY, LAST, byline)
    assert article.paragraphs == [BODY, LAST]
    assert (article.byline_raw, article.authors) == (without_mail(byline), people)
    assert Dropped("byline", byline) in article.dropped


@pytest.mark.parametrize(
    ("glue", "byline", "people"),
    [
        (" ", "김환 기자", ["김환"]),
        ("", "부산=선수민 기자 sun@haeram.test", ["선수민"]),
        (" ", "마루한 기자 hani@haeram.test", ["마루한"]),
        ("", "/화순=조성수 기자 css@", ["조성수"]),
        (" ", "[류영상 기자 ify@haeram.test]", ["류영상"]),
    ],
)
def test_a_byline_glued_to_the_last_sentence(glue: str, byline: str, people: list[str]) -> None:
    article = credited(BODY, LAST + glue + byline)
    assert article.paragraphs == [BODY, LAST]
    assert (article.byline_raw, article.authors) == (without_mail(byline), people)


@pytest.mark.parametrize(
    "line",
    [
        "저작권자 © 해람일보 무단전재 및 재배포 금지",
        "<저작권자 © 해람일보, 무단 전재 및 재배포 금지>",
        "<저작권자ⓒ대전일보사. 무단전재-재배포 금지>",
        "<저작권자(c) 해람일보, 무단전재 및 재배포 금지>",
        "해람일보(www.haeram.test), 무단전재 및 수집, 재배포 금지",
        "저작권자 © 해람일보 무단전재, 재배포 및 AI학습 및 활용 금지",
        "Copyright @해람일보 All rights reserved.",
        "ⓒ 해람일보, 무단전재 및 재배포 금지",
    ],
)
def test_a_copyright_line_alone_and_glued(line: str) -> None:
    for paragraphs in ((BODY, LAST, line), (BODY, LAST + line), (BODY, f"{LAST} {line}")):
        article = credited(*paragraphs)
        assert article.paragraphs == [BODY, LAST]
        assert article.rights_notice == line


@pytest.mark.parametrize("byline", ["마루한 기자", "마루한 기자 hani@haeram.test", "마루한 기자 (hani@haeram.test)"])
def test_byline_and_notice_glued_together_come_apart(byline: str) -> None:
    notice = "해람일보(haeram.test), 무단전재 및 수집, 재배포 금지"
    article = credited(BODY, f"{LAST} {byline}{notice}")
    assert (article.paragraphs, article.byline_raw, article.rights_notice) == ([BODY, LAST], "마루한 기자", notice)


def test_a_notice_against_ai_is_flagged() -> None:
    assert credited(BODY, "저작권자 © 해람일보 무단전재 및 AI학습 이용 금지").flags == ["no_ai_training"]
    assert credited(BODY, "저작권자 © 해람일보 무단전재 및 재배포 금지").flags == []


def test_a_sentence_about_copyright_is_text() -> None:
    sentence = "시는 저작권자 동의 없는 무단전재와 재배포를 금지한다고 밝혔다."
    article = credited(BODY, sentence)
    assert (article.paragraphs, article.rights_notice) == ([BODY, sentence], None)


def test_end_mark_byline_mail_and_notice_in_one_tail() -> None:
    article = credited(
        BODY, f"{LAST} (끝)", "haneul@haeram.test", "김하늘 기자", "저작권자 © 해람일보 무단전재 및 재배포 금지"
    )
    assert article.paragraphs == [BODY, LAST]
    assert [d.rule for d in article.dropped] == ["rights_notice", "byline", "mail", "end_mark"]


@pytest.mark.parametrize(
    ("dateline", "outlet", "people"),
    [
        ("[동북아뉴스타임]", "동북아뉴스타임", []),
        ("[시사뉴스 김백순 기자]", "시사뉴스", ["김백순"]),
        ("[축산신문 ■청원=이동일 기자]", "축산신문", ["이동일"]),
        ("[수원/CTN]김지우 기자 =", "CTN", ["김지우"]),
        ("[뉴스21일간=임정훈]", "뉴스21일간", ["임정훈"]),
        ("【브레이크뉴스 충북】임창용 기자=", "브레이크뉴스", ["임창용"]),
        ("【江陵】", None, []),
        ("(춘천=연합뉴스) 이재현 기자 =", "연합뉴스", ["이재현"]),
        ("(서울=뉴스1)", "뉴스1", []),
        ("해람=김지우 기자", None, ["김지우"]),
        ("매일일보 = 오정환 기자 |", "매일일보", ["오정환"]),
        ("소래신문 한가온 기자 |", "소래신문", ["한가온"]),
        ("[한국방송/김주창기자]", "한국방송", ["김주창"]),
        ("[천지일보=김지헌 기자]", "천지일보", ["김지헌"]),
        ("[굿모닝충청일보 설인호 기자]", "굿모닝충청일보", ["설인호"]),
    ],
)
def test_datelines(dateline: str, outlet: str | None, people: list[str]) -> None:
    article = credited(f"{dateline} {BODY}", LAST)
    assert article.paragraphs == [BODY, LAST]
    assert (article.dateline_raw, article.dateline_outlet, article.authors) == (dateline, outlet, people)
    assert article.byline_raw is None


@pytest.mark.parametrize(
    "lead",
    [
        "[종합]",
        "[바로잡습니다]",
        "[인터뷰]",
        "(주)해솔은",
        "(사진)",
        "[포토뉴스]",
        "(가칭)",
        "[오늘의 날씨]",
        "【",
        "[",
        "김하늘 기자는 오늘",
        "해람=바다",
    ],
)
def test_what_is_no_dateline(lead: str) -> None:
    article = credited(f"{lead} {BODY}")
    assert article.paragraphs == [f"{lead} {BODY}"]
    assert article.dateline_raw is None


def test_a_dateline_alone_leaves_no_empty_paragraph() -> None:
    article = credited("[축산신문 ■청원=이동일 기자]", BODY)
    assert article.paragraphs == [BODY]
    assert article.dateline_outlet == "축산신문"


def test_the_registered_name_is_known_whatever_its_ending() -> None:
    article = Article("demo_haeram", "1", Source(), paragraphs=[f"[해람일보] {BODY}"])
    credit_article(article)
    assert article.dateline_outlet == "해람일보"


def test_a_byline_in_its_own_place_beats_the_text() -> None:
    printed = credited(BODY, "나바다 기자", byline_raw="김하늘 기자")
    assert (printed.byline_raw, printed.authors, printed.paragraphs) == ("김하늘 기자", ["김하늘"], [BODY])


def test_what_is_printed_beats_what_the_head_states() -> None:
    head = {"authors": "meta:dable:author"}
    assert credited(BODY, "나바다 기자", authors=["김하늘"], extractors=dict(head)).authors == ["나바다"]
    assert credited(f"[해솔일보 나바다 기자] {BODY}", authors=["김하늘"], extractors=dict(head)).authors == ["나바다"]
    stated = credited(BODY, authors=["김하늘"], extractors=dict(head))
    assert (stated.authors, stated.byline_raw, stated.extractors["authors"]) == (["김하늘"], None, "meta:dable:author")


def test_the_head_may_state_an_agency() -> None:
    article = credited(BODY, authors=["YONHAP"], extractors={"authors": "meta:dable:author"})
    assert (article.authors, article.agency) == ([], "연합뉴스")


@pytest.mark.parametrize(
    "text",
    ["편집부", "온라인뉴스팀", "해람일보", "관리자", "해람일보 webmaster@haeram.test", "연합뉴스", "시민 기자", ""],
)
def test_desks_papers_and_agencies_are_nobody(text: str) -> None:
    assert names_in(text) == []


@pytest.mark.parametrize(
    ("text", "agency"),
    [("/연합뉴스", "연합뉴스"), ("YONHAP", "연합뉴스"), ("뉴시스 김하늘 기자", "뉴시스"), ("김연합 기자", None)],
)
def test_agencies(text: str, agency: str | None) -> None:
    assert agency_in(text) == agency


def test_an_agency_dateline_names_the_agency() -> None:
    article = credited(f"(가람=연합뉴스) 고운결 기자 = {BODY}")
    assert (article.agency, article.authors, article.byline_raw) == ("연합뉴스", ["고운결"], None)


@pytest.mark.parametrize(
    "paragraph",
    [
        "그는 전직 기자",
        "현장을 지킨 김하늘 기자가 전했다.",
        "▲ 신청은 27일까지 받는다.",
        "문의는 해람시청 기획예산실.",
        "“다음 달까지 마치겠다”고 했다…",
    ],
)
def test_text_stays_text(paragraph: str) -> None:
    assert credited(BODY, paragraph).paragraphs == [BODY, paragraph]


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_is_lost(first: str, last: str) -> None:
    article = Article("a_kr", "1", Source(), paragraphs=[p for p in (first.strip(), last.strip()) if p])
    before = "".join("".join(article.paragraphs).split())
    credit_article(article)
    taken = [d.text for d in reversed(article.dropped)]
    kept = [article.dateline_raw or "", *article.paragraphs, *taken]
    assert sorted("".join("".join(kept).split())) == sorted(before)


def test_a_dateline_reader_leaves_the_text_alone() -> None:
    assert read_dateline("") is None
    assert read_dateline(BODY) is None


class Stats:
    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def inc_value(self, key: str, count: int = 1) -> None:
        self.values[key] = self.values.get(key, 0) + count


def test_the_pipeline_counts_what_is_missing_and_passes_other_items() -> None:
    stats = Stats()
    pipeline = CreditsPipeline(stats)
    other = Reject("parse", "not_article", Source())
    pipeline.process_item(Article("a_kr", "1", Source(), paragraphs=[BODY]))
    assert pipeline.process_item(other) is other
    assert stats.values == {"newsharvest/authors/missing": 1, "newsharvest/rights_notice/missing": 1}


def test_an_older_name_of_the_paper_is_the_paper_too() -> None:
    article = Article("cbinews", "1", Source(), paragraphs=[f"[충청리뷰] {BODY}", LAST, "충청리뷰 기자"])
    credit_article(article)
    assert (article.dateline_raw, article.dateline_outlet) == ("[충청리뷰]", "충청리뷰")
    assert article.authors == []
    assert article.paragraphs[0] == BODY


@pytest.mark.parametrize(
    ("line", "byline"),
    [
        ("김하늘기자/sky@haeram.test", "김하늘기자"),
        ("[해람일보 김하늘 기자 / sky@haeram.test]", "[해람일보 김하늘 기자]"),
    ],
)
def test_a_stroke_before_the_mail_goes_with_it(line: str, byline: str) -> None:
    article = credited(BODY, LAST, line)
    assert (article.paragraphs, article.byline_raw, article.authors) == ([BODY, LAST], byline, ["김하늘"])
