"""500: the 시도 and 시군구 an article speaks of, by the codes of its day, each with its evidence."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import date, datetime

from newsharvest.files import KST
from newsharvest.items import Article, Item, RegionTag
from newsharvest.reference import outlets
from newsharvest.region_codes import regions, sido_of
from pipelines.crawling import Counting
from pipelines.placenames import TITLE, mentions
from pipelines.places import BASES, DATELINE, Ground, Place
from pipelines.placing import placed

BODY = "body"


def tag(fields: Iterable[tuple[str, str]], day: date | None, home: str | None = None) -> list[RegionTag]:
    """The regions that an article's fields name on a day, in the order of their first mention.

    ``fields`` are (title | dateline | body, text); ``home`` is the outlet's region, by any code it ever had. A name that
    could mean several regions gives a tag without code that lists them; names of other things give nothing.

    >>> [t.code for t in tag([("body", "경남 고성군과 울산 중구")], date(2025, 5, 1))]
    ['48820', '31110']
    >>> found, = tag([("title", "고성군, 축제 개막")], date(2025, 5, 1)); found.code, found.candidates, found.ambiguous
    (None, ['48820', '51820'], True)
    """
    texts = [(where, text) for where, text in fields if text]
    found = [mention for where, text in texts for mention in mentions(where, text)]
    if not found:
        return []
    ground = Ground(day, home, "\n".join(text for _, text in texts))
    tags: dict[tuple[str, ...], RegionTag] = {}
    for place in placed(found, ground):
        for codes in _answers(place):
            held = tags.setdefault(codes, _tag(place, codes))
            held.count += 1
            held.basis = min(held.basis, place.basis, key=BASES.index)
    return list(tags.values())


def _answers(place: Place) -> list[tuple[str, ...]]:
    """One code each; all candidates together where the name is ambiguous."""
    if len(place.candidates) == 1 and (len(place.codes) == 1 or _means_all(place)):
        return [(code,) for code in place.codes]
    return [place.codes]


def _means_all(place: Place) -> bool:
    """충남·북 means two provinces; what was merged later means all of its parts."""
    return place.mention.name.both or _merged(place.mention.name.codes, place.codes)


@functools.lru_cache(maxsize=1_000)
def _merged(named: tuple[str, ...], codes: tuple[str, ...]) -> bool:
    return len(named) == 1 and all(regions()[code].successor == named for code in codes)


def _tag(place: Place, codes: tuple[str, ...]) -> RegionTag:
    sidos = {sido_of(code) for code in codes}
    mention = place.mention
    return RegionTag(
        code=codes[0] if len(codes) == 1 else None,
        sido_code=sidos.pop() if len(sidos) == 1 else None,
        where=mention.where,
        start=mention.start,
        evidence=mention.name.text,
        count=0,
        basis=place.basis,
        ambiguous=len(codes) > 1,
        candidates=list(codes),
    )


def tag_article(article: Article) -> None:
    """Fill an article's regions from its title, dateline and body; its day is the publication's, else the reception's."""
    moment = article.published_at or article.source.fetched_at
    outlet = outlets().get(article.outlet_id)
    fields = (
        (TITLE, article.title or ""),
        (DATELINE, (article.dateline_raw or "").replace(article.dateline_outlet or "\0", "\0")),
        (BODY, article.body or ""),
    )
    article.regions = tag(fields, _day(moment), outlet.region_code if outlet else None)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.astimezone(KST).date()


class RegionsPipeline(Counting):
    """Number 500."""

    def process_item(self, item: Item) -> Item:
        """An article with its regions. Counts ``newsharvest/regions/{none,ambiguous}``, an article each."""
        if isinstance(item, Article):
            tag_article(item)
            if not item.regions:
                self._stats.inc_value("newsharvest/regions/none")
            if any(found.ambiguous for found in item.regions):
                self._stats.inc_value("newsharvest/regions/ambiguous")
        return item
