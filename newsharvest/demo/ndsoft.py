"""The NDsoft skin of 해람일보: the current one, and the older one on every fourth article."""

from __future__ import annotations

from newsharvest.demo import furniture, ink
from newsharvest.demo.credits import HEAD
from newsharvest.demo.drafts import Draft, Photo
from newsharvest.demo.furniture import attr, joined
from newsharvest.demo.ink import Ink
from newsharvest.demo.listing import Listing
from newsharvest.demo.shell import Frame, framed, meta
from newsharvest.demo.stamps import ND_OLD, printed

_AD = (
    '<div class="ad-template"><script>(window.adsbygoogle = window.adsbygoogle || []).push({});</script>'
    '<ins class="adsbygoogle" style="display:block"></ins><p>ADVERTISEMENT</p></div>'
)
_SHARE = (
    '<div class="share"><strong>이 기사를 공유합니다</strong><ul><li><a href="#" onclick="paper.share(\'band\')">밴드</a></li>'
    '<li><a href="#" onclick="paper.share(\'story\')">카카오스토리</a></li><li><a href="#" onclick="paper.copy()">URL복사</a></li>'
    '<li><button type="button" onclick="paper.resize(-1)">본문 글씨 줄이기</button></li>'
    '<li><button type="button" onclick="paper.resize(1)">본문 글씨 키우기</button></li></ul></div>'
)


def article(draft: Draft, day: int) -> str:
    """The page of one article. It does not depend on the day: NDsoft pages show no ticker."""
    del day
    page_ink = ink.ink_of(draft)
    content = joined(
        (_header(draft, page_ink), _SHARE, _bundle(draft), _body(draft, page_ink), _after(draft, page_ink))
    )
    head_title = f"{page_ink.text(draft.title)} &lt; {draft.section} &lt; 기사본문 - {draft.paper.name}"
    return framed(Frame(draft.paper, head_title, draft.number, _metas(draft, page_ink), body_class="views"), content)


def listing(page: Listing) -> str:
    """A list page: title, lead, section, author and date of every article."""
    items = "\n".join(_item(d) for d in page.drafts)
    content = (
        f'<header class="page-title"><h2>{page.title}</h2><small>(전체 {page.total:,}건)</small> <a href="#">제목보기</a><a href="#">제목+내용</a></header>\n'
        f'<section id="section-list"><ul class="type2 altlist">\n{items}\n</ul></section>\n'
        f'<ul class="pagination">{page.links("<li><a href={q}>{n}</a></li>")}</ul>'
    )
    updated = f'<div class="updated">UPDATED. {page.updated:%Y-%m-%d %H:%M} ({"월화수목금토일"[page.updated.weekday()]})</div>'
    frame = Frame(page.paper, page.head_title, -page.number, updated=updated, body_class="list", extra_boxes=page.extra)
    return framed(frame, content)


def _metas(draft: Draft, page_ink: Ink) -> list[str]:
    url, title = draft.paper.article_url(draft.number), page_ink.text(draft.title)
    image = draft.photos[0].path if draft.photos else "/image/logo/snslogo.png"
    lead = page_ink.text((draft.paragraphs or (draft.title,))[0])
    names = draft.credits.byline.names if draft.credits.byline else ()
    metas = [
        f'<link rel="canonical" href="{attr(url)}">',
        meta("keywords", ",".join(draft.keywords)) if draft.keywords else "",
        meta("description", lead),
        meta("og:type", "article"),
        meta("og:site_name", draft.paper.name),
        meta("og:title", f"{title} - {draft.paper.name}"),
        meta("og:description", lead),
        meta("og:url", attr(url)),
        meta("og:image", draft.paper.base + image),
        meta("article:section", draft.section),
        meta("article:published_time", draft.published_at.isoformat(timespec="seconds")),
        meta("article:modified_time", draft.changed_at.isoformat(timespec="seconds")) if draft.changed_at else "",
        meta("dable:item_id", str(draft.number)),
        meta("dable:author", names[0]) if names else "",
    ]
    return [line for line in metas if line]


def _header(draft: Draft, page_ink: Ink) -> str:
    old = draft.stamp.form is ND_OLD
    title = page_ink.text(draft.title)
    head = f'<div class="article-head-title">{title}</div>' if old else f'<h3 class="heading">{title}</h3>'
    lines = "<br>".join(page_ink.text(line) for line in draft.subtitles)
    sub = f'<h4 class="subheading">{lines}</h4>' if lines else ""
    crumbs = f'<ul class="breadcrumbs"><li><a href="/"><i class="icon-home"></i>홈</a></li><li><a href="/news/articleList.html?view_type=sm">{draft.section}</a></li></ul>'
    return f'<header class="article-view-header"><nav>{crumbs}</nav>\n{head}\n{sub}\n{_information(draft, page_ink, old)}</header>'


def _information(draft: Draft, page_ink: Ink, old: bool) -> str:
    credit = draft.credits.byline
    name = page_ink.text(credit.raw) if credit and credit.place == HEAD else ""
    user, clock, check = ("fa fa-user-o fa-fw", "fa fa-clock-o fa-fw", "fa fa-check-circle-o fa-fw") if old else (
        "icon-user-o", "icon-clock-o", "icon-check-circle-o")  # fmt: skip
    rows = [
        f'<li><i class="{user}"></i>기자명 {name}</li>',
        f'<li><i class="{clock}"></i> {printed(draft.stamp.form.text, draft.published_at)}</li>',
    ]
    if draft.modified:
        rows.append(f'<li><i class="{check}"></i> {draft.modified[0]}</li>')
    rows.append('<li><i class="icon-comment-o"></i> 댓글 0</li>')
    return '<div class="info-text"><ul class="infomation">\n' + "\n".join(rows) + "\n</ul></div>"


def _bundle(draft: Draft) -> str:
    return furniture.bundle(draft.paper, draft.number) if draft.number % 7 == 3 else ""


def _body(draft: Draft, page_ink: Ink) -> str:
    comment = f"<!-- desk: {draft.number} desk@haeram.test -->"
    inner = ink.body(draft, _figure, _AD + comment)
    copy = _copyright(draft, page_ink) if draft.number % 3 == 0 else ""
    return f'<article id="article-view-content-div" class="article-veiw-body view-page font-size17 resizable" itemprop="articleBody">\n{inner}\n{copy}</article>'


def _copyright(draft: Draft, page_ink: Ink) -> str:
    raw = ink.boxed(draft.credits.rights)
    return f'<div class="article-copy">{page_ink.text(raw)}</div>' if raw else ""


def _after(draft: Draft, page_ink: Ink) -> str:
    copy = _copyright(draft, page_ink) if draft.number % 3 else ""
    tags = "".join(f'<a href="/search?word={attr(word)}">#{word}</a> ' for word in draft.keywords)
    more = furniture.related(draft.paper, draft.number, 5)
    return joined((copy, f'<div class="tag-group">{tags}</div>', _writer(draft, page_ink), f'<div class="article-relation"><strong>관련기사</strong><ul>{more}</ul></div>',
                   '<div class="reply"><h4>댓글삭제</h4><p>삭제한 댓글은 다시 복구할 수 없습니다. 그래도 삭제하시겠습니까?</p><h4>댓글 0</h4></div>'))  # fmt: skip


def _writer(draft: Draft, page_ink: Ink) -> str:
    credit = draft.credits.byline
    if credit is None or credit.place != HEAD:
        return ""
    return f'<div class="writer"><strong class="name">{page_ink.text(credit.raw)}</strong> <a href="/news/articleList.html?sc_area=I&amp;sc_word=1">다른기사 보기</a></div>'


def _figure(draft: Draft, photo: Photo, page_ink: Ink) -> str:
    image = f'<img src="{draft.paper.base}{photo.path}" alt="" width="600">'
    caption = page_ink.text(photo.caption) if photo.caption else ""
    if draft.stamp.form is ND_OLD:
        row = (
            f'<tr><td class="caption" id="font_imgdown_{draft.number}"><font color="#306f7f">{caption}</font></td></tr>'
            if caption
            else ""
        )
        return f'<table class="photo-table" align="center" border="0"><tr><td>{image}</td></tr>{row}</table>'
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        f'<div style="text-align:center"><figure class="photo-layout image float-center">{image}{below}</figure></div>'
    )


def _item(draft: Draft) -> str:
    path = attr(draft.paper.article_path(draft.number))
    lead = attr((draft.paragraphs or draft.subtitles or (draft.title,))[0])
    author = attr(draft.credits.authors[0] + " 기자") if draft.credits.authors else ""
    return (
        f'<li><h4 class="titles"><a href="{path}" target="_top">{attr(draft.title)}</a></h4>\n<p class="lead line-6x2"><a href="{path}">{lead}</a></p>\n'
        f'<span class="byline"><em>{draft.section}</em><em>{author}</em><em>{draft.published_at:%Y-%m-%d %H:%M}</em></span></li>'
    )
