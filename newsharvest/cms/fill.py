"""Where each field of an article comes from: the page's own marks first, then JSON-LD and metas; the rule is kept."""

from __future__ import annotations

from newsharvest.cms.content import Body
from newsharvest.cms.crediting import Above
from newsharvest.cms.meta import Head
from newsharvest.cms.moments import changed
from newsharvest.cms.stamps import published
from newsharvest.items import Article, Dropped

PUBLISHED_METAS = ("article:published_time", "og:article:published_time", "dable:published_time", "datepublished")
_MODIFIED_METAS = (
    "article:modified_time",
    "article:modified",
    "og:article:modified_time",
    "og:updated_time",
    "datemodified",
)
_AUTHOR_METAS = ("dable:author", "article:author", "og:article:author", "author")
_SECTION_METAS = ("article:section", "og:article:section", "dable:section")
_KEYWORD_METAS = ("article:tag", "news_keywords", "keywords")
_SUBTITLE_LEAST = 6


class Filler:
    """Puts values into an article, each with its rule, the first that says something winning."""

    __slots__ = ("_article", "_head", "_name", "_unmarked")

    def __init__(self, article: Article, head: Head, name: str, *, unmarked: bool) -> None:
        self._article, self._head, self._name, self._unmarked = article, head, name, unmarked

    def fill(self, above: Above, body: Body, title: tuple[str, str | None], where: str) -> None:
        """Fill every field but the copyright line below the body; ``where`` names the container."""
        self._first("title", title, self._head.title)
        self._subtitle(above, body)
        self._section(above)
        self._dates(above)
        printed = (f"{self._name}:{above.byline_where}", above.byline)
        self._first("byline_raw", printed, _first_of(body.bylines, f"{self._name}:byline box"))
        self._authors()
        self._body(body, where)
        self._keywords()

    def _first(self, field: str, *found: tuple[str, str | None] | None) -> None:
        for pair in found:
            if pair is not None and pair[1]:
                setattr(self._article, field, pair[1])
                self._article.extractors[field] = pair[0]
                return

    def _subtitle(self, above: Above, body: Body) -> None:
        ways = (
            ("marked", above.subtitles),
            ("in body", body.subtitles),
            ("unmarked", above.loose if self._unmarked else []),
            ("heading below title as", [line for line in above.headings if len(line) >= _SUBTITLE_LEAST]),
            ("heading above title as", self._over(above)),
        )
        kind, lines = next((way for way in ways if way[1]), ("", []))
        lines = [line for line in dict.fromkeys(lines) if line != self._article.title]
        self._first("subtitle", (f"{self._name}:{kind} subtitle", "\n".join(lines)))

    def _over(self, above: Above) -> list[str]:
        """Headings right above the title that are no section's name: the subtitle stands there in some skins."""
        section = self._head.meta(*_SECTION_METAS) or ("", above.section)
        return [line for line in above.over if section[1] and line != section[1] and len(line) >= _SUBTITLE_LEAST]

    def _section(self, above: Above) -> None:
        line = above.before[-1] if above.before and self._unmarked else None
        marked, unmarked = f"{self._name}:section", f"{self._name}:line above title"
        self._first("section", (marked, above.section), (unmarked, line), self._head.meta(*_SECTION_METAS),
                    self._head.linked("articleSection"))  # fmt: skip

    def _authors(self) -> None:
        """The authors that the head states, raw: they count where no byline and no dateline is printed."""
        head = self._head
        pairs = (head.meta(*_AUTHOR_METAS[:1]), head.linked("author", "name"), head.meta(*_AUTHOR_METAS[1:]))
        for pair in pairs:
            if (
                pair is not None and "://" not in pair[1]
            ):  # article:author is often the paper's page on a social network
                self._article.authors, self._article.extractors["authors"] = [pair[1]], pair[0]
                return

    def _dates(self, above: Above) -> None:
        """A change that the head states at the very time of publication is none: CMSs fill both alike."""
        head, rule = self._head, f"{self._name}:{above.where}"
        printed, last_printed = published(above.stamps), changed(above.stamps)
        first, last = head.linked("datePublished"), head.linked("dateModified")
        meta_first, meta_last = head.meta(*PUBLISHED_METAS), head.meta(*_MODIFIED_METAS)
        self._first("published_at_raw", (rule, printed.raw if printed else None), first, meta_first)
        self._first("modified_at_raw", (rule, last_printed.raw if last_printed else None), _later(last, first),
                    _later(meta_last, meta_first))  # fmt: skip

    def _body(self, body: Body, where: str) -> None:
        article, rule = self._article, f"{self._name}:{where}"
        article.paragraphs, article.captions, article.images = body.paragraphs, body.captions, body.images
        article.dropped, article.container_chars = body.dropped, body.chars
        for rule_name, moved in (
            ("subtitle", body.subtitles),
            ("byline", body.bylines),
            ("rights_notice", body.notices),
        ):
            article.dropped += [Dropped(rule_name, text) for text in moved]
        for field in ("paragraphs", "captions", "images"):
            if getattr(article, field):
                article.extractors[field] = rule
        for repeated in (article.title, article.subtitle):
            if repeated and article.paragraphs and article.paragraphs[0] == repeated:
                article.dropped.append(Dropped("repeated_head", article.paragraphs.pop(0)))
        self._first("rights_notice", _first_of(body.notices, f"{self._name}:copyright box"))

    def _keywords(self) -> None:
        stated = self._head.all(*_KEYWORD_METAS)
        listed = [word.strip() for value in stated for word in value.split(",")]
        self._article.keywords = list(dict.fromkeys(word for word in listed if word))
        if self._article.keywords:
            self._article.extractors["keywords"] = "meta:keywords"


def _first_of(texts: list[str], rule: str) -> tuple[str, str] | None:
    return (rule, texts[0]) if texts else None


def _later(last: tuple[str, str] | None, first: tuple[str, str] | None) -> tuple[str, str] | None:
    return None if last and first and last[1] == first[1] else last
