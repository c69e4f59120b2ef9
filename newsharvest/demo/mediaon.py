"""The mediaon skin of 소래신문: DOM-separated ticker, datelines with the reporter's name, 등록 dates with seconds."""

from __future__ import annotations

import json

from newsharvest.demo import furniture, ink, tickers
from newsharvest.demo.credits import HEAD
from newsharvest.demo.drafts import Draft, Photo
from newsharvest.demo.furniture import attr, joined
from newsharvest.demo.ink import Ink
from newsharvest.demo.listing import Listing
from newsharvest.demo.shell import Frame, framed, meta
from newsharvest.demo.stamps import printed

_BANNERS = "\n".join(f'<div class="banner"><a href="/company.html#ad">{word}</a></div>' for word in ["배너"] * 5)
_FRAME_AD = '<iframe src="/banner/inner.html" width="300" height="250" title="광고"></iframe>'


def article(draft: Draft, day: int) -> str:
    """The page of one article, under the ticker of its slot and day."""
    page_ink = ink.ink_of(draft)
    live = furniture.related(draft.paper, draft.number, 6)
    content = joined((
        f'<p class="path"><a href="/">홈</a> &gt; <a href="{attr(_section_path(draft))}">{draft.section}</a></p>',
        _top(draft, page_ink), _body(draft, page_ink), _BANNERS, '<p class="more"><a href="#">더보기</a></p>',
        f'<div class="realtime"><h3>실시간 기사</h3><ul>{live}</ul></div>',
    ))  # fmt: skip
    shown = tickers.block(draft.paper, day, tickers.slot_of(draft.paper, draft.number))
    head_title = f"{draft.paper.name} - {page_ink.text(draft.title)}"
    return framed(Frame(draft.paper, head_title, draft.number, _metas(draft, page_ink), shown, "news_article"), content)


def listing(page: Listing) -> str:
    """A list page: titles and lead paragraphs only, without dates."""
    items = "\n".join(_item(d) for d in page.drafts)
    content = (
        f'<div class="section_list"><h2>{page.title}</h2>\n<ul class="art_list_all altlist">\n{items}\n</ul>\n'
        f'<ul class="paging pagination">{page.links("<li><a href={q}>{n}</a></li>")}</ul></div>'
    )
    shown = tickers.block(page.paper, page.day, tickers.list_slot(page.paper, page.number))
    return framed(
        Frame(page.paper, page.head_title, -page.number, (), shown, "news_list", extra_boxes=page.extra), content
    )


def _section_path(draft: Draft) -> str:
    return draft.paper.section_path(draft.section)


def _metas(draft: Draft, page_ink: Ink) -> list[str]:
    url, title = attr(draft.paper.article_url(draft.number)), page_ink.text(draft.title)
    lead = page_ink.text((draft.paragraphs or (draft.title,))[0])
    image = draft.paper.base + (draft.photos[0].path if draft.photos else "/data/design/logo/default_share.jpg")
    metas = [
        meta("og:type", "article"), meta("og:title", title), meta("og:url", url), meta("og:description", lead), meta("og:image", image),
        meta("og:site_name", "바다와 들을 잇는 신문, 소래신문"), meta("article:section", draft.section),
        meta("article:published_time", f"{draft.published_at:%Y-%m-%dT%H:%M:%S%z}"), f'<link rel="canonical" href="{url}">',
    ]  # fmt: skip
    return [*metas, _json_ld(draft)] if draft.number % 2 else metas


def _json_ld(draft: Draft) -> str:
    data: dict[str, object] = {
        "@context": "http://schema.org", "@type": "NewsArticle", "headline": draft.title, "articleSection": draft.section,
        "datePublished": draft.published_at.isoformat(timespec="seconds"),
        "author": [{"@type": "Person", "name": name} for name in draft.credits.authors],
        "publisher": {"@type": "Organization", "name": draft.paper.name},
    }  # fmt: skip
    if draft.modified and draft.changed_at:
        data["dateModified"] = draft.changed_at.isoformat(timespec="seconds")
    # "</" would end the script element.
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def _top(draft: Draft, page_ink: Ink) -> str:
    lines = "<br />".join(page_ink.text(line) for line in draft.subtitles)
    rows = []
    credit = draft.credits.byline
    if credit and credit.place == HEAD:
        rows.append(
            f'<li class="name"><a href="/news/article_list_writer.html?name=1&amp;page=1&amp;user_no=0">{page_ink.text(credit.raw)}</a></li>'
        )
    rows.append(f'<li class="date">{printed(draft.stamp.form.text, draft.published_at)}</li>')
    if draft.modified:
        rows.append(f'<li class="date">{draft.modified[0]}</li>')
    return joined((
        '<div class="art_top">', f"<h2>{page_ink.text(draft.title)}</h2>", '<button type="button" class="url_copy">[URL복사]</button>',
        f"<h3>{lines}</h3>" if lines else "", '<ul class="art_info">', *rows, "</ul>", "</div>",
    ))  # fmt: skip


def _body(draft: Draft, page_ink: Ink) -> str:
    inner = ink.body(draft, _figure, _FRAME_AD if draft.number % 4 == 1 else "")
    raw = ink.boxed(draft.credits.rights)
    below = f'<p class="art_copyright">{page_ink.text(raw)}</p>' if raw else ""
    return f'<div class="cnt_view news_body_area resizable" id="news_body_area" itemprop="articleBody">\n{inner}\n</div>\n{below}'


def _figure(draft: Draft, photo: Photo, page_ink: Ink) -> str:
    image = f'<img src="{photo.path}" alt="" class="img" />'
    if photo.caption is None:
        return f'<p style="text-align: center;">{image}</p>'
    caption = page_ink.text(photo.caption)
    if photo.caption.startswith("▲") and draft.number % 2:
        return f'<p style="text-align: center;">{image}</p>\n<p style="text-align: center;">{caption}</p>'
    return f'<table class="caption_table"><tbody><tr><td>{image}</td></tr><tr><td class="caption">{caption}</td></tr></tbody></table>'


def _item(draft: Draft) -> str:
    path = attr(draft.paper.article_path(draft.number))
    lead = attr((draft.paragraphs or draft.subtitles or (draft.title,))[0])
    return f'<li><a href="{path}"><b class="clamp titles">{attr(draft.title)}</b>\n<span class="ffd clamp lead">{lead}</span></a></li>'
