"""What a selector gives as a field's value on a page: read as the parsers would read that element, through the pipelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement

from newsharvest.chain import Chain
from newsharvest.cms import CMS, family_of
from newsharvest.cms.family import Skin, parse
from newsharvest.cms.keys import ArticleKey
from newsharvest.cms.lines import lines_of
from newsharvest.cms.stamps import stamps
from newsharvest.drift.candidates import Selector
from newsharvest.drift.locate import squeezed
from newsharvest.items import Article, Source
from newsharvest.markup import Document, PageError, XPath, fold, text_of
from newsharvest.reference import Outlet
from newsharvest.schema import Row, rows

Known = Mapping[str, Any]
_TRIED = 5


class Reader:
    """Reads fields of one outlet's pages by selectors that are tried."""

    def __init__(self, outlet: Outlet, chain: Chain) -> None:
        self.outlet, self.chain = outlet, chain

    def value(self, doc: Document, field: str, selector: Selector, label: str | None) -> Any:  # noqa: ANN401 - a column's value
        """The value of the first element that a selector finds and that has one; None where there is none."""
        try:
            found = cast("list[HtmlElement]", doc.root.xpath(selector.xpath))
        except etree.XPathError:
            return None
        printed = [each for each in found if isinstance(each.tag, str) and fold(text_of(each))]
        if field == "body":
            return self._body(doc, selector) if printed else None
        values = (_READERS[field](self, doc, element, label) for element in printed[:_TRIED])
        return next((value for value in values if value), None)

    def _body(self, doc: Document, selector: Selector) -> str | None:
        """The whole parse with this container: paragraphs are cut and credits taken out as ever."""
        family = family_of(doc, self.outlet) or CMS.get(self.outlet.cms)
        skin = Skin("proposed", ((selector.css, XPath(selector.xpath)),), (), unmarked=family is not None)
        try:
            article = parse(doc, ArticleKey(self.outlet.outlet_id, "1", doc.page.url), skin)
        except PageError:
            return None
        return cast("str | None", self._row(article).get("body"))

    def _refined(self, doc: Document, **raw: Any) -> Row:  # noqa: ANN401 - values of an Article
        article = Article(
            self.outlet.outlet_id, "1", Source(doc.page.url, doc.page.fetched_at), title="-", paragraphs=["-"]
        )
        for name, value in raw.items():
            setattr(article, name, value)
        return self._row(article)

    def _row(self, article: Article) -> Row:
        item = self.chain.item(article)
        return dict(next(iter(rows(item)))[1]) if isinstance(item, Article) else {}

    def text(self, doc: Document, element: HtmlElement, field: str) -> Any:  # noqa: ANN401
        """A plain text field."""
        return self._refined(doc, **{field: fold(text_of(element))}).get(field)

    def subtitle(self, doc: Document, element: HtmlElement) -> Any:  # noqa: ANN401
        """Lines joined by a newline."""
        return self._refined(doc, subtitle="\n".join(lines_of(element))).get("subtitle")

    def byline(self, doc: Document, element: HtmlElement, label: str | None) -> Any:  # noqa: ANN401
        """The byline without its label."""
        said = fold(text_of(element))
        return self._refined(doc, byline_raw=said.removeprefix(label or "").strip(" :|")).get("byline_raw")

    def published(self, doc: Document, element: HtmlElement, _label: str | None) -> Any:  # noqa: ANN401
        """The first date in the element."""
        found = stamps(fold(text_of(element)))
        return self._refined(doc, published_at_raw=found[0].raw).get("published_at") if found else None


_READERS: dict[str, Callable[[Reader, Document, HtmlElement, str | None], Any]] = {
    "title": lambda reader, doc, element, _: reader.text(doc, element, "title"),
    "section": lambda reader, doc, element, _: reader.text(doc, element, "section"),
    "subtitle": lambda reader, doc, element, _: reader.subtitle(doc, element),
    "byline_raw": Reader.byline,
    "published_at": Reader.published,
}


def same(field: str, got: Any, known: Any) -> bool:  # noqa: ANN401 - values of a column
    """Whether a value is the known one, white space and look-alike dots aside."""
    if got is None or field == "published_at":
        return got is not None and got == known
    if field == "subtitle":
        return squeezed(got).replace(" ", "") == squeezed(known).replace(" ", "")
    return "\n".join(map(squeezed, str(got).split("\n"))) == "\n".join(map(squeezed, str(known).split("\n")))
