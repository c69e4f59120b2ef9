"""The grammar of credits: reporters' names and titles, mail addresses, datelines. Pure; no field is set here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsharvest.cms.lookups import alternatives, names, words

_STRONG = alternatives(words("credits", "strong"))
_TITLES = alternatives(words("credits", "strong") + words("credits", "weak"))
_NOBODY = frozenset(words("credits", "nobody"))
_AGENCIES = frozenset(words("credits", "agencies"))
_AGENCY_NAMES = names("credits", "agency_names")
_NO_OUTLETS = frozenset(words("credits", "no_outlets"))
_PAPER = rf"(?:[\w가-힣]+?(?:{alternatives(words('credits', 'outlets'))})|CTN)"
_OUTLET_END = re.compile(_PAPER)

_NAME = r"(?:[가-힣]{2,4}|[\u4e00-\u9fff\uf900-\ufaff]{2,4})"
_NAMES = rf"(?<![가-힣]){_NAME}(?:\s?[·,&]\s?{_NAME})*"
_MAIL = r"[(<\[{]?\s?[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)?\s?[)>\]}]?"
_PEOPLE = rf"{_NAMES}\s?(?:{_STRONG})(?:\s?외\s?\d+명)?"
# What stands before the name: `화순=`, `경기신문 / 인천 = `, `글·사진 `.
_BEFORE = r"(?:(?:[\w가-힣.]+\s?){1,3}[=/]\s?){0,3}(?:(?:글|사진|취재|영상|정리)(?:[·/, ](?:글|사진|취재|영상|정리))?[=/: ]\s?)?"
_CREDIT = rf"{_PEOPLE}\s?(?:/?\s?{_MAIL})?"
_BYLINE = rf"[\[(<【]?\s?/?\s?{_BEFORE}{_CREDIT}(?:\s?[,/]?\s?{_CREDIT}){{0,3}}\s?[\])>】ⓒ©]?"

_BYLINE_LINE = re.compile(
    rf"(?:{_BYLINE}|\[\s?\S{{2,14}}\s{_CREDIT}\s?\]|{_PAPER}\s{_CREDIT}\s?[ⓒ©]?"
    rf"|(?:\S{{2,14}}\s)?{_NAME}\s{_MAIL}"
    rf"|{_NAME}\s(?:{_TITLES})(?:\s{_MAIL})?|(?:{_TITLES})\s{_NAME}(?:\s{_MAIL})?)"
)
GLUED_BYLINE = re.compile(rf"(?P<text>.*[.!?…][”’\"')\]」』]*)\s?(?P<byline>{_BYLINE})", re.DOTALL)
"""A byline behind a sentence's end: ``…내놨다. 김환 기자``, ``처리했다.부산=선수민 기자 sun@…``."""
MAIL_LINE = re.compile(_MAIL)
"""A line that is a mail address and nothing else."""

# The grammar tries every split of a long word, and 2,000 letters without a space took a minute.
_BYLINE_MAX = 120
_TITLED = re.compile(rf"({_NAMES})\s?(?:{_TITLES})(?![가-힣])")
_TITLE_FIRST = re.compile(rf"(?:{_TITLES})\s({_NAME})(?![가-힣])")
_ASSIGNED = re.compile(rf"=\s?({_NAME})\s?[\])】]?$")
_MAILED = re.compile(rf"(?:^|\s)({_NAME})\s{_MAIL}")
_LATIN_NAME = re.compile(r"[A-Z][A-Za-z.'-]*(?: [A-Z][A-Za-z.'-]*){1,3}")

_BRACKETED = re.compile(
    rf"(?P<bracket>[\[【(])(?P<inside>[^\]】)\n]{{1,40}})[\]】)]\s?(?:(?P<people>{_PEOPLE})\s?(?:{_MAIL})?\s?(?:[=|ㅣ]|$))?"
)
_OPEN = re.compile(
    rf"(?:(?P<inside>[\w가-힣.]{{2,15}})\s?=?\s?)?(?P<people>{_PEOPLE})\s?(?:{_MAIL})?\s?[=|ㅣ](?=\s|$|[가-힣“‘\"'])"
    rf"|[가-힣]{{2,5}}\s?=\s?(?P<reporter>{_PEOPLE})\s?(?:{_MAIL})?(?=\s)"
)
_PARTS = re.compile(r"[=/■|·,\s]+")


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline: the text as printed, the outlet or agency and the people it names, and the paragraph without it."""

    raw: str
    outlet: str | None
    people: list[str]
    rest: str


def is_byline(line: str) -> bool:
    """Whether a line is a byline and nothing else: every form of the page study's §3.

    >>> is_byline("[ 경기신문 / 인천 = 이재민 기자 ]"), is_byline("이재민 기자가 말했다.")
    (True, False)
    """
    return len(line) <= _BYLINE_MAX and _BYLINE_LINE.fullmatch(line) is not None


def names_in(text: str, outlets: tuple[str, ...] = ()) -> list[str]:
    """The people a credit names, in order, without titles, places, mail addresses; outlets and desks are nobody.

    >>> names_in("[ 경기신문 / 인천 = 이재민 기자 ]"), names_in("칼럼니스트 박생강"), names_in("편집부"), names_in("이용민")
    (['이재민'], ['박생강'], [], ['이용민'])
    """
    stripped = text.strip(" /")
    found = _TITLED.findall(text) or _TITLE_FIRST.findall(text) or _ASSIGNED.findall(text) or _MAILED.findall(text)
    if not found and (re.fullmatch(_NAMES, stripped) or _LATIN_NAME.fullmatch(stripped)):
        found = [stripped]
    people = [name.strip() for group in found for name in re.split(r"[·,&]", group)]
    return list(dict.fromkeys(name for name in people if name not in outlets and _is_person(name)))


def _is_person(name: str) -> bool:
    return name not in _NOBODY and name not in _AGENCIES and not _OUTLET_END.fullmatch(name)


def agency_in(text: str) -> str | None:
    """The news agency that a credit names, by its usual name.

    >>> agency_in("/연합뉴스"), agency_in("YONHAP"), agency_in("김연합 기자")
    ('연합뉴스', '연합뉴스', None)
    """
    parts = re.findall(r"[가-힣A-Za-z0-9]+", text)
    found = next((part for part in parts if part in _AGENCIES), None)
    return _AGENCY_NAMES.get(found, found) if found else None


def read_dateline(paragraph: str, outlets: tuple[str, ...] = ()) -> Dateline | None:
    """The dateline that a first paragraph starts with, or None; ``outlets`` are names known to be papers.

    >>> read_dateline("(춘천=연합뉴스) 이재현 기자 = 눈이 왔다.")
    Dateline(raw='(춘천=연합뉴스) 이재현 기자 =', outlet='연합뉴스', people=['이재현'], rest='눈이 왔다.')
    """
    match = _BRACKETED.match(paragraph)
    if match is not None and not _means_dateline(match["bracket"], match["inside"], match["people"], outlets):
        return None
    match = match or _OPEN.match(paragraph)
    if match is None:
        return None
    raw = match.group().strip()
    named = match["people"] or match.groupdict().get("reporter")
    people = names_in(named or match["inside"], outlets) if named or "[" in raw else []
    return Dateline(raw, _outlet(match["inside"] or "", outlets), people, paragraph[match.end() :].strip())


def _means_dateline(bracket: str, inside: str, people: str | None, outlets: tuple[str, ...]) -> bool:
    """Whether a leading bracket names who reports, and not a series, a place in the text or a remark."""
    named = _outlet(inside, outlets)
    left, assigned, right = inside.partition("=")
    if bracket == "(":
        return bool(assigned) and (named is not None or people is not None)
    if bracket == "【" or people is not None:
        return True
    if assigned:
        return bool(left.strip()) and (named == right.strip() or bool(names_in(f"={right.strip()}", outlets)))
    return named is not None or _TITLED.search(inside) is not None


def _outlet(inside: str, outlets: tuple[str, ...]) -> str | None:
    """The outlet or agency among the words of a dateline."""
    known = next((name for name in outlets if name and name in inside), None)
    if known:
        return known
    parts = [part for part in _PARTS.split(_TITLED.sub("", inside)) if part]
    return next((part for part in parts if part in _AGENCIES), None) or next(
        (part for part in parts if _OUTLET_END.fullmatch(part) and part not in _NO_OUTLETS), None
    )
