"""Pages of our own sentences in the structure of each family's skins, and the widgets that real bodies hold.

Structure: public scrapers' selectors for papers on these systems, stock templates, notes on saved pages; no sentence is theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

TITLE = "쉼터 여는 해람시"
SUBTITLE = "비 오는 날에도 열려"
SENTENCES = [
    "해람시가 갯마을 들머리에 쉼터를 연다고 2일 밝혔다.",
    "쉼터에는 비를 피할 자리와 물을 마실 곳이 있다.",
    "시 관계자는 “누구나 쉬어 갈 수 있다”고 말했다.",
    "주민들은 오래 기다렸다는 반응을 보였다.",
]
OTHER = "노을군은 올해 감 축제를 석 달 앞당겨 연다고 밝혔다."
ASIDE = f"<aside><h4>많이 본 뉴스</h4><p>{OTHER}</p><p>2026.01.30 09:00</p></aside>"


@dataclass(frozen=True, slots=True)
class Skin:
    """How a page of one skin looks around a body's markup, and what it says beside title, date and reporter."""

    url: str
    page: Callable[[str], str]
    subtitle: str | None
    rule: str


def whole(head: str, body: str) -> str:
    return f'<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8">{head}</head><body>{body}{ASIDE}</body></html>'


OG = f'<title>{TITLE} - 해람일보</title><meta property="og:title" content="{TITLE}"><meta property="og:site_name" content="해람일보">'


def _ndsoft_current(body: str) -> str:
    head = f'<title>{TITLE} &lt; 지역 &lt; 기사본문 - 해람일보</title><meta property="og:title" content="{TITLE} - 해람일보"><meta property="og:site_name" content="해람일보"><meta property="article:published_time" content="2026-02-01T10:00:00+09:00">'
    return whole(
        head,
        f'<div id="user-wrap"><header id="user-header"><div class="update">UPDATED. 2026-02-03 11:00 (화)</div></header><section id="user-container">'
        f'<div id="article-view"><header class="article-view-header"><nav class="article-head-nav"><ul class="breadcrumbs">'
        f'<li><a href="/" class="home">홈</a></li><li><a href="/news/articleList.html?sc_section_code=S1N1">지역</a></li></ul></nav>'
        f'<h3 class="heading">{TITLE}</h3><h4 class="subheading">{SUBTITLE}</h4><div class="info-group"><article class="item"><ul class="infomation">'
        f'<li><i class="icon-user-o"><span class="show-for-sr">기자명</span></i> 나하늘 기자</li><li><i class="icon-clock-o"></i> 입력 2026.02.01 10:00</li>'
        f'<li><i class="icon-check-circle-o"></i> 수정 2026.02.01 11:00</li><li><i class="icon-comment-o"></i> 댓글 0</li></ul></article></div></header>'
        f'<div class="grid body"><div class="article-body"><article class="article-sytool-container"><div class="fontsize-title">글자크기 설정</div>'
        f'<div class="fontsize-preview">기사의 본문 내용은 이 글자크기로 변경됩니다.</div></article>'
        f'<article id="article-view-content-div" class="article-veiw-body view-page font-size17" itemprop="articleBody">{body}</article>'
        f'<article class="article-copy">저작권자 &copy; 해람일보 무단전재 및 재배포 금지</article>'
        f'<article class="writer"><strong class="name"><a href="/news/articleList.html?sc_area=I&sc_word=sky">나하늘 기자</a></strong><a class="email" href="mailto:sky@haeram.test">sky@haeram.test</a><a>다른기사 보기</a></article>'
        f'<div class="article-more"><h4>관련기사</h4><a href="/news/articleView.html?idxno=5">다른 기사 제목</a></div></div></div></div></section></div>',
    )


def _ndsoft_2016(body: str) -> str:
    head = f'<title>해람일보</title><meta property="og:title" content="{TITLE}">'
    return whole(
        head,
        f'<div class="float-center max-width-1080"><header class="article-view-header"><div class="article-head-title">{TITLE}</div>'
        f'<div class="info-text"><ul class="no-bullet auto-marbtm-0 line-height-6"><li><i class="fa fa-user-o fa-fw"></i>나하늘 기자</li>'
        f'<li><i class="fa fa-clock-o fa-fw"></i>승인 2026.02.01 10:00</li><li><i class="fa fa-comment-o fa-fw"></i>댓글 0</li></ul></div>'
        f'<div class="article-head-sub">{SUBTITLE}</div></header><div class="row article-view-page">'
        f'<div id="article-view-content-div" class="article-veiw-body view-page font-size17">{body}</div>'
        f'<div class="view-copyright">저작권자 © 해람일보 무단전재 및 재배포 금지</div><div class="view-editors">'
        f'<div class="editors-writer"><strong>나하늘 기자</strong> sky@haeram.test <a>다른기사 보기</a></div></div></div></div>',
    )


def _ndsoft_2010(body: str) -> str:
    head = f"<title>해람일보 모바일 사이트, {TITLE}</title>"
    return whole(
        head,
        f'<div id="content"><div id="arl_view_box" class="arl_view_box"><div class="arl_view_title_box"><h1 class="arl_view_title">{TITLE}</h1></div>'
        f'<div class="arl_view_info">'
        f'<span class="arl_view_writer">나하늘 기자</span> <span class="arl_view_email">sky@haeram.test</span> <span class="arl_view_date">승인 2026.02.01 10:00</span></div>'
        f'<div id="arl_view_content" class="arl_view_content">{body}</div><div class="arl_view_copywriter">&lt;저작권자 © 해람일보, 무단 전재 및 재배포 금지&gt;</div>'
        f'<div class="arl_view_tags_box not_print">쉼터</div></div></div>',
    )


def _ndsoft_2008(body: str) -> str:
    head = f"<title>{TITLE} - 해람일보</title>"
    return whole(
        head,
        f"<table width=640>"
        f'<tr><td class="view_t"><a href="/">홈</a> &gt; <a href="/news/articleList.html?sc_section_code=S1N1">뉴스</a> &gt; <a href="/news/articleList.html?sc_sub_section_code=S2N1">지역</a></td></tr>'
        f'<tr><td id="font_title" class="View_Title"><strong>{TITLE}</strong><br><span class="View_SubTitle">{SUBTITLE}</span></td></tr>'
        f'<tr><td class="View_Time" align=right>[77호] 2026년 02월 01일 (일) 10:00:00</td><td class="View_Info">나하늘 기자 <a href="mailto:sky@haeram.test"><img src=/image/mail.gif></a> sky@haeram.test</td></tr>'
        f'<tr><td class="view_r" id="articleBody"><div id="_article" class="view_r">{body}</div></td></tr><tr><td>나하늘 기자의 다른기사 보기</td></tr>'
        f'<tr><td class="View_Copy">ⓒ 해람일보(http://www.haeram.test) 무단전재 및 재배포금지 | 저작권문의</td></tr></table>',
    )


def _ndsoft_mobile(body: str) -> str:
    head = OG
    return whole(
        head,
        f'<div class="default_top_notch"></div><div id="wrap"><div class="sub_top">기사승인 2026.02.01&nbsp; 10:00:00</div><div class="titleWrap">'
        f'<h2 class="view_title"><strong>{TITLE}</strong></h2></div><div class="byline">나하늘 기자</div><div class="view_sns">페이스북 트위터</div>'
        f'<div class="atc_body" itemprop="articleBody"><div id="articleBody" class="cont_area">{body}</div></div>'
        f'<div class="view_copy">저작권자 © 해람일보 무단전재 및 재배포금지</div></div>',
    )


def _ndsoft_amp(body: str) -> str:
    head = f'<title>{TITLE}</title><script type="application/ld+json">{{"@type":"NewsArticle","headline":"{TITLE}","datePublished":"2026-02-01T10:00:00+09:00","author":{{"name":"나하늘"}}}}</script>'
    return whole(
        head,
        f'<header class="ampstart-headerbar"><a href="/">해람일보</a></header><main id="content"><article class="recipe-article"><header>'
        f'<h1 class="mb1 px3">{TITLE}</h1><address class="ampstart-byline clearfix mb4 px3 h5"><time class="ampstart-byline-pubdate block bold my1" datetime="2026-02-01">2026-02-01</time><span>나하늘 기자</span></address></header>'
        f'<section class="px3 mb4" itemprop="articleBody">{body}</section></article></main><footer class="ampstart-footer">저작권자 © 해람일보</footer>',
    )


def _mediaon_current(body: str) -> str:
    head = OG
    return whole(
        head,
        f'<div class="wrapper"><div class="column sublay"><div><ul class="art_top_nav"><li><a href="/">홈</a></li>'
        f'<li><a href="/news/section.html?sec_no=1">지역</a></li></ul><div class="art_top"><h2>{TITLE}</h2><h3>{SUBTITLE}</h3><ul class="art_info">'
        f'<li>나하늘 기자 sky@sorae.test</li><li>등록 2026.02.01 10:00:00</li></ul><div class="art_sns">[URL복사]</div></div>'
        f'<div class="cnt_view news_body_area"><div class="smartOutput body_font" id="news_body_area">{body}</div></div>'
        f'<div class="art_copy">Copyright @2018 소래포구신문 Corp. All rights reserved.</div></div></div></div>',
    )


def _mediaon_2015(body: str) -> str:
    head = OG
    return whole(
        head,
        f'<div class="wrapper"><div class="f_left"><div class="arv_001_01"><div class="hbox"><h2>{TITLE}</h2><h3>{SUBTITLE}</h3></div>'
        f'<p class="arvdate">2026.02.01 10:00:00 / <a href="/news/article_list_writer.html?name=x">나하늘</a></p><ul class="btn_sns"><li>페이스북</li></ul>'
        f'<div class="cnt_view news_body_area"><div id="news_body_area">{body}</div></div></div></div></div>',
    )


def _gnuboard_stock(body: str) -> str:
    head = f"<title>{TITLE} &gt; 뉴스 | 노을신문</title>"
    return whole(
        head,
        f'<article id="bo_v" style="width:100%"><header><h2 id="bo_v_title">'
        f'<span class="bo_v_cate">지역</span> <span class="bo_v_tit">{TITLE}</span></h2></header><section id="bo_v_info"><h2>페이지 정보</h2>'
        f'<span class="sound_only">작성자</span> <strong>나하늘 기자</strong> <span class="sound_only">댓글</span><strong><a href="#bo_vc">0건</a></strong> <span class="sound_only">조회</span><strong>52회</strong> <strong class="if_date">'
        f'<span class="sound_only">작성일</span>26-02-01 10:00</strong></section><section id="bo_v_atc"><h2 id="bo_v_atc_title">본문</h2>'
        f'<div id="bo_v_share"><ul><li>페이스북</li></ul></div><div id="bo_v_img"></div><div id="bo_v_con">{body}</div>'
        f'<div id="bo_v_act"><a>추천 0</a></div></section><section id="bo_v_link"><h2>관련링크</h2></section><ul class="bo_v_nb">'
        f'<li>이전글 <a href="./board.php?bo_table=news&wr_id=76">감 축제 앞당겨</a></li></ul></article>',
    )


def _view_php_idx(body: str) -> str:
    head = OG
    return whole(
        head,
        f'<div id="wrap"><a href="/news/view.php?idx=76">다른 기사</a><div class="articleTop">'
        f'<div class="category"><a href="/news/list.php?mcode=1">지역</a></div><h1 class="title">{TITLE}</h1><h2 class="subtitle">{SUBTITLE}</h2>'
        f'<ul class="registModifyDate"><li><a>나하늘 기자</a></li><li>등록 2026-02-01 10:00:00</li><li>수정 2026-02-01 11:00:00</li></ul></div>'
        f'<div id="viewContent" class="articleContent">{body}</div><div class="copyright">저작권자 © 누리신문, 무단 전재 및 재배포 금지</div></div>',
    )


def _sub_read(body: str) -> str:
    head = f'<title>가람뉴스: {TITLE}</title><meta property="og:title" content="{TITLE}">'
    return whole(
        head,
        f'<a href="/sub.html?section=sc1">정치</a><div class="read_view_wrap"><h1 class="read_title">{TITLE}</h1><div class="read_sub">{SUBTITLE}</div>'
        f'<div class="writer_time">나하늘 기자 l 기사입력 2026/02/01 [10:00]</div><div id="CLtag"><div id="textinput">{body}</div></div>'
        f'<div class="read_copy">기사입력: 2026/02/01 [10:00]&nbsp; 최종편집: ⓒ 가람뉴스</div><div class="read_copy2">&lt;저작권자ⓒ가람뉴스 무단전재 및 재배포 금지&gt;</div></div>',
    )


def _unknown(body: str) -> str:
    head = OG
    return whole(
        head,
        f'<nav><a href="/">홈</a></nav><div class="view_wrap"><h2 class="view_tit">{TITLE}</h2>'
        f'<div class="view_info"><span>나하늘 기자</span> <span>입력 2026.02.01 10:00</span></div><div class="view_con">{body}</div>'
        f'<p class="copyright">저작권자 © 해람일보 무단전재 및 재배포 금지</p></div>',
    )


SKINS = {
    "ndsoft, current": Skin("http://www.haeram.test/news/articleView.html?idxno=77", _ndsoft_current, SUBTITLE, "ndsoft:#article-view-content-div"),
    "ndsoft, 2016": Skin("http://www.haeram.test/news/articleView.html?idxno=77", _ndsoft_2016, SUBTITLE, "ndsoft:#article-view-content-div"),
    "ndsoft, 2010": Skin("http://www.haeram.test/news/articleView.html?idxno=77", _ndsoft_2010, None, "ndsoft:#arl_view_content"),
    "ndsoft, 2008": Skin("http://www.haeram.test/news/articleView.html?idxno=77", _ndsoft_2008, SUBTITLE, "ndsoft:old #articleBody"),
    "ndsoft, mobile": Skin("http://m.haeram.test/news/articleView.html?idxno=77", _ndsoft_mobile, None, "redesigned:[itemprop=articleBody]"),
    "ndsoft, AMP": Skin("http://www.haeram.test/news/articleViewAmp.html?idxno=77", _ndsoft_amp, None, "redesigned:[itemprop=articleBody]"),
    "mediaon, current": Skin("http://www.sorae.test/news/article.html?no=77", _mediaon_current, SUBTITLE, "mediaon:#news_body_area"),
    "mediaon, 2015": Skin("http://www.sorae.test/news/article.html?no=77", _mediaon_2015, SUBTITLE, "mediaon:#news_body_area"),
    "gnuboard, stock": Skin("http://www.noeul.test/bbs/board.php?bo_table=news&wr_id=77", _gnuboard_stock, None, "gnuboard:#bo_v_con"),
    "view_php_idx": Skin("http://www.nuri.example/news/view.php?idx=77", _view_php_idx, SUBTITLE, "view_php_idx:#viewContent"),
    "sub_read": Skin("http://www.garam.example/sub_read.html?uid=77&section=sc1", _sub_read, SUBTITLE, "sub_read:#CLtag"),
    "unknown": Skin("http://www.unknown.test/article/77", _unknown, None, "generic:.view_con"),
}  # fmt: skip

WIDGETS = {
    'ad id': '<div id="AD16043"><p>특가 상품을 지금 만나보세요.</p></div>',
    'ad div gpt': '<div id="div-gpt-ad-1569" class="ad_box">광고 상품을 만나보세요.</div>',
    'ins': '<ins class="adsbygoogle" data-ad-slot="1">광고입니다.</ins>',
    'iframe': '<iframe src="/ad.html">iframe 글이다.</iframe>',
    'related ul': f'<div class="article_relation"><strong>관련기사</strong><ul><li><a href="/news/articleView.html?idxno=1">{OTHER}</a></li><li><a href="/news/articleView.html?idxno=2">다른 소식이 나왔다.</a></li></ul></div>',
    'related plain': f'<p><strong>[관련기사]</strong></p><p><a href="/news/articleView.html?idxno=1">{OTHER}</a></p><p><a href="/news/articleView.html?idxno=2">다른 소식이 나왔다.</a></p>',
    'related dl': f'<dl class="link_news"><dt>관련기사</dt><dd><a href="/news/articleView.html?idxno=3">{OTHER}</a></dd></dl>',
    'related box ND': f'<div class="box-skin related"><div class="header">관련기사</div><div class="content"><a href="/news/articleView.html?idxno=3">{OTHER}</a></div></div>',
    'arrow related': f'<p>▶ <a href="/news/articleView.html?idxno=3">{OTHER}</a></p>',
    'caption fig': '<figure><img src="/a.jpg"><figcaption>갯마을 쉼터 전경이다. 사진=해람시</figcaption></figure>',
    'caption table': '<table align="center"><tr><td><img src="/a.jpg"></td></tr><tr><td id="font_imgdown_1" class="view_r_caption">▲ 갯마을 쉼터 앞에서 주민들이 걷고 있다.</td></tr></table>',
    'caption table 2': '<table><tr><td><img src="/a.jpg"></td><td><img src="/b.jpg"></td></tr><tr><td>▲ 쉼터 앞이다.</td><td>▲ 쉼터 뒤이다.</td></tr><tr><td><img src="/c.jpg"></td><td></td></tr><tr><td>▲ 쉼터 옆이다.</td><td></td></tr></table>',
    'caption p': '<p><img src="/a.jpg"></p><p>▲ 갯마을 쉼터 앞에서 주민들이 걷고 있다.</p>',
    'caption p nomark': '<p style="text-align:center"><img src="/a.jpg"><br>갯마을 쉼터 전경. 해람시 제공</p>',
    'caption p 사진': '<p><img src="/a.jpg"></p><p>쉼터 앞에서 주민들이 걷고 있다. (사진=해람시)</p>',
    'caption p ⓒ': '<p><img src="/a.jpg"></p><p>▲ 갯마을 쉼터 전경 ⓒ 해람일보</p>',
    'caption div class': '<div class="img_area"><img src="/a.jpg"><div class="img_txt">갯마을 쉼터 앞 모습이다.</div></div>',
    'caption span': '<div class="imgframe"><img src="/a.jpg"><span class="photo_desc">갯마을 쉼터 앞 모습이다.</span></div>',
    'caption dl': '<dl class="photo"><dt><img src="/a.jpg"></dt><dd>갯마을 쉼터 앞 모습이다.</dd></dl>',
    'copyright p': '<p>&lt;저작권자 &copy; 해람일보, 무단 전재 및 재배포 금지&gt;</p>',
    'copyright div': '<div class="cr">저작권자 © 해람일보 무단전재 및 재배포 금지</div>',
    'copyright en': '<p>Copyright ⓒ 해람일보 All rights reserved.</p>',
    'copyright ai': '<p>ⓒ 해람일보 무단전재, 재배포 및 AI학습 이용 금지</p>',
    'copyright 2': '<p>[ⓒ 해람일보. 무단전재-재배포 금지]</p>',
    'copyright 3': '<p>ⓒ해람일보(www.haeram.test), 무단전재 및 재배포금지</p>',
    'sns': '<div class="sns_share"><ul><li><a>페이스북</a></li><li><a>트위터</a></li></ul></div>',
    'share text': '<p>이 기사를 공유합니다</p>',
    'byline p': '<p>나하늘 기자 sky@haeram.test</p>',
    'byline mail only': '<p><a href="mailto:sky@haeram.test">sky@haeram.test</a></p>',
    'reporter box': '<div class="reporter_area"><img src="/r.jpg"><strong>나하늘 기자</strong><span>sky@haeram.test</span><p>기자의 다른 기사</p></div>',
    'journalist': '<div class="journalist_box"><a href="/j/1">나하늘 기자</a><p>바다를 좋아하는 기자입니다.</p><a>구독</a></div>',
    'profile': '<div class="profile"><p class="name">나하늘 기자</p><p>늘 낮은 곳을 보겠습니다.</p></div>',
    'poll': '<div class="emotion_box"><span>좋아요 0</span><span>훈훈해요 0</span><span>슬퍼요 0</span><span>화나요 0</span><span>후속기사 원해요 0</span></div>',
    'poll2': '<ul class="recommend"><li>이 기사를 추천합니다 0</li></ul>',
    'comment': '<div id="replyArea"><p>댓글을 남겨 주세요.</p></div>',
    'tags': '<div class="tag_list"><a>#쉼터</a><a>#갯마을</a></div>',
    'hashtag p': '<p><a href="/t">#쉼터</a> <a href="/t">#갯마을</a></p>',
    'subscribe': '<p>해람일보를 구독하고 소식을 받아 보세요.</p>',
    '제보': '<p>■ 제보하기 ▷ 카카오톡 : \'해람\' 검색 ▷ 전화 : 02-000-0000 ▷ 이메일 : a@b.kr</p>',
    'prevnext': f'<div class="prev_next"><a href="?idxno=1">이전기사 {OTHER}</a> <a href="?idxno=2">다음기사 다른 소식이다.</a></div>',
    'hot news': f'<div class="hot_news"><h4>많이 본 기사</h4><ol><li><a href="?idxno=1">{OTHER}</a></li></ol></div>',
    'popular nolink class': f'<div class="aside_rank"><h4>많이 본 뉴스</h4><ol><li><a href="?idxno=1">{OTHER}</a></li><li><a href="?idxno=2">다른 소식이다.</a></li></ol></div>',
    'fontsize': '<div class="fontsize-preview">기사의 본문 내용은 이 글자크기로 변경됩니다.</div>',
    'tts': '<div class="tts"><p>기사를 읽어드립니다</p><p>Your browser does not support the audio element.</p></div>',
    'ai summary': '<div class="ai_summary"><strong>AI 요약</strong><p>이 글은 AI가 줄인 것입니다.</p></div>',
    'video': '<div class="video"><video>지원하지 않는 브라우저입니다.</video></div>',
    'hidden': '<div style="display:none">숨은 글이다. 보이지 않는다.</div>',
    'noscript': '<noscript>자바스크립트를 켜 주세요.</noscript>',
    'end mark': '<p>&lt;끝&gt;</p>',
    'nbsp': '<p>&nbsp;</p><p><br></p>',
    'naver': '<p><a href="https://media.naver.com/p">네이버에서 해람일보 구독하기</a></p>',
    'kakao ch': '<p>▶ 카카오톡 채널 \'해람일보\' 친구 추가하기</p>',
    'photo credit': '<p>[사진=해람시]</p>',
}  # fmt: skip
"""What real bodies hold beside sentences; none of it belongs to a body."""
