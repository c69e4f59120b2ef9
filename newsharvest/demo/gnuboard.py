"""The Gnuboard skin of 노을뉴스: a news board, a glued ticker of 97 entries, served as EUC-KR."""

from __future__ import annotations

from newsharvest.demo import furniture, ink, tickers
from newsharvest.demo.credits import HEAD
from newsharvest.demo.drafts import Draft, Photo
from newsharvest.demo.furniture import attr, joined
from newsharvest.demo.ink import Ink
from newsharvest.demo.listing import Listing
from newsharvest.demo.shell import Frame, framed, meta
from newsharvest.demo.stamps import printed

_SHARE = (
    '<div id="bo_v_share"><ul class="sns"><li><a href="http://noeul.test/bbs/sns_send.php?longurl=1&amp;sns=band">밴드</a></li></ul>'
    '<ul class="share_note"><li>해당된 기사를 공유합니다</li></ul></div>'
)
_PAGE_LINK = '<a href={q} class="pg_page">{n}</a> '


def article(draft: Draft, day: int) -> str:
    """The page of one article, under the ticker of its slot and day."""
    page_ink = ink.ink_of(draft)
    content = joined((
        '<article id="bo_v" style="width:100%">', _SHARE, _header(draft, page_ink), _information(draft, page_ink), _body(draft),
        _neighbours(draft), '<section id="bo_vc"><h2>댓글목록</h2><p id="bo_vc_empty">등록된 댓글이 없습니다.</p></section>', "</article>",
    ))  # fmt: skip
    path = draft.paper.article_path(draft.number)
    shown = tickers.block(draft.paper, day, tickers.slot_of(draft.paper, draft.number))
    head_title = f"{page_ink.text(draft.title)} &gt; 뉴스 | {draft.paper.name}"
    frame = Frame(draft.paper, head_title, draft.number, _metas(draft, page_ink), shown, mobile=path + "&device=mobile")
    return framed(frame, content)


def listing(page: Listing) -> str:
    """A list page: a table of titles; the links carry the page's number, as Gnuboard writes them."""
    rows = "\n".join(_row(d, page.number) for d in page.drafts)
    content = (
        f'<h2 id="container_title">{page.title}</h2>\n<div id="bo_list"><div id="bo_list_total"><span>Total {page.total:,}건</span> {max(1, page.number)} 페이지</div>\n'
        '<div class="tbl_head01 tbl_wrap"><table><caption>뉴스 목록</caption><thead><tr><th>번호</th><th>제목</th><th>글쓴이</th><th>날짜</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></div>\n"
        f'<nav class="pg_wrap"><span class="pg">{page.links(_PAGE_LINK)}</span></nav></div>'
    )
    shown = tickers.block(page.paper, page.day, tickers.list_slot(page.paper, page.number))
    return framed(Frame(page.paper, page.head_title, -page.number, (), shown, "list", extra_boxes=page.extra), content)


def _metas(draft: Draft, page_ink: Ink) -> list[str]:
    title = page_ink.text(draft.title)
    metas = [
        meta("og:type", "article"),
        meta("og:title", f"{title} &gt; 뉴스 | {draft.paper.name}"),
        meta("og:url", attr(draft.paper.article_url(draft.number))),
    ]
    if draft.photos:
        metas.append(meta("og:image", draft.paper.base + draft.photos[0].path))
    return [*metas, meta("og:site_name", draft.paper.name)]


def _header(draft: Draft, page_ink: Ink) -> str:
    lines = "\n".join(f'<h3 class="bo_v_subtitle">{page_ink.text(line)}</h3>' for line in draft.subtitles)
    return (
        f'<header>\n<h2 id="bo_v_title"><span class="bo_v_cate">{draft.section}</span>\n'
        f'<span class="bo_v_tit">{page_ink.text(draft.title)}</span></h2>\n{lines}\n</header>'
    )


def _information(draft: Draft, page_ink: Ink) -> str:
    credit = draft.credits.byline
    line = printed(draft.stamp.form.text, draft.published_at)
    if draft.modified:
        line += f"   {draft.modified[0]}"
    author = ""
    if credit and credit.place == HEAD:
        author = f'<span class="sound_only">작성자</span> <strong><span class="sv_member">{page_ink.text(credit.raw)}</span></strong>'
    return f'<section id="bo_v_info"><h2 class="sound_only">페이지 정보</h2>\n{author}\n<strong class="if_date">{line}</strong>\n<strong><a href="#bo_vc">댓글 0건</a></strong></section>'


def _body(draft: Draft) -> str:
    return (
        '<section id="bo_v_atc"><h2 id="bo_v_atc_title" class="sound_only">본문</h2>\n'
        f'<div id="bo_v_con" class="resizable">\n{ink.body(draft, _figure, "")}\n</div>\n'
        '<div id="bo_v_act"><button type="button">추천 <strong>0</strong></button></div></section>'
    )


def _neighbours(draft: Draft) -> str:
    more = furniture.related(draft.paper, draft.number, 2)
    return f'<ul class="bo_v_nb">{more}</ul>\n<ul class="btn_bo_user"><li><a href="{attr(draft.paper.list_path(1))}">목록</a></li></ul>'


def _figure(draft: Draft, photo: Photo, page_ink: Ink) -> str:
    image = f'<img src="{draft.paper.base}{photo.path}" alt="" width="650">'
    linked = f'<a href="http://noeul.test/bbs/view_image.php?bo_table=news&amp;fn=1" target="_blank" class="view_image">{image}</a>'
    if photo.caption is None:
        return f'<p style="text-align:center">{linked}</p>'
    caption = page_ink.text(photo.caption)
    if photo.caption.startswith("▲") and draft.number % 2:
        return f"{linked}<br>{caption}<br><br>"
    return f"<figure>{linked}<figcaption>{caption}</figcaption></figure>"


def _row(draft: Draft, page: int) -> str:
    path = draft.paper.article_path(draft.number) + (f"&page={page}" if page > 1 else "")
    author = attr(draft.credits.authors[0]) if draft.credits.authors else draft.paper.name
    return (
        f'<tr><td class="td_num2">{draft.number}</td><td class="td_subject"><a href="{attr(path)}" class="bo_tit">{attr(draft.title)}</a></td>'
        f'<td class="td_name sv_use">{author}</td><td class="td_datetime">{draft.published_at:%m-%d}</td></tr>'
    )
