"""One article as its paper means it: fields before any HTML. The pages print a draft; the truth is read off it."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, replace
from datetime import datetime

from newsharvest.demo import credits as credit
from newsharvest.demo.editions import BODY, CORRECTION, TITLE, Edit, Entry
from newsharvest.demo.papers import NDSOFT, Paper
from newsharvest.demo.stamps import Stamp, modified, stamp
from newsharvest.demo.words import Scene, Topic, lists, person, rng, topics

PHOTO = "포토"
PARAGRAPHS, BREAKS, DIVISIONS, MIXED = "p", "br", "div", "mixed"
_SHAPES = ((PARAGRAPHS, 4), (BREAKS, 3), (DIVISIONS, 2), (MIXED, 2))


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture in the body: the path on the paper's host, and its caption as printed or None."""

    path: str
    caption: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything one article says. Middle dots stand as ``·`` here, whichever of their look-alikes the page prints."""

    paper: Paper
    number: int
    section: str
    keywords: tuple[str, ...]
    title: str
    subtitles: tuple[str, ...]
    paragraphs: tuple[str, ...]
    photos: tuple[Photo, ...]
    credits: credit.Credits
    stamp: Stamp
    published_at: datetime
    modified: tuple[str, datetime] | None = None
    changed_at: datetime | None = None
    shape: str = PARAGRAPHS


def draft(paper: Paper, entry: Entry) -> Draft:
    """The article's state after its edits."""
    known = _draft(paper, entry.origin or entry.number, entry.published_at, entry.edits)
    return known if known.number == entry.number else replace(known, number=entry.number)


@functools.cache
def _draft(paper: Paper, number: int, published_at: datetime, edits: tuple[Edit, ...]) -> Draft:
    if not edits:
        return _original(paper, number, published_at)
    before = _draft(paper, number, published_at, edits[:-1])
    edit = edits[-1]
    changed = _CHANGES[edit.kind](before, rng(paper.outlet_id, number, "edit", len(edits)))
    return replace(changed, modified=modified(before.stamp.form, edit.at), changed_at=edit.at)


def _original(paper: Paper, number: int, published_at: datetime) -> Draft:
    source = rng(paper.outlet_id, number)
    topic = source.choice(topics())
    angle = source.randrange(len(topic.titles))
    scene = Scene(source, paper.city, published_at.day, published_at.month)
    written = _photo_story if source.random() < 0.06 else _text_story
    shape = source.choices([s for s, _ in _SHAPES], [w for _, w in _SHAPES])[0]
    bare = Draft(
        paper, number, topic.section, _keywords(paper, topic, source), scene.fill(topic.titles[angle]), (), (), (),
        credit.Credits(None, None, None), stamp(paper, published_at, source), published_at, shape=shape,
    )  # fmt: skip
    # A topic's titles and leads stand side by side in the list.
    return written(bare, topic, scene, source, topic.leads[angle % len(topic.leads)])


def _keywords(paper: Paper, topic: Topic, source: random.Random) -> tuple[str, ...]:
    return (*source.sample(topic.keywords, 2), paper.city) if paper.family == NDSOFT else ()


def _text_story(bare: Draft, topic: Topic, scene: Scene, source: random.Random, lead: str) -> Draft:
    opening = [lead, *source.sample(topic.bodies, source.randint(3, 5))]
    closing = source.sample(lists()["sentences_common"], source.randint(4, 9))
    paragraphs = [scene.fill(sentence) for sentence in opening]
    paragraphs += _joined([scene.fill(sentence) for sentence in closing], source)
    paragraphs.insert(source.randint(2, len(paragraphs)), _quote(scene, source))
    if source.random() < 0.15:
        paragraphs.insert(2, scene.fill(source.choice(lists()["sentences_weather"])))
    if source.random() < 0.3:
        paragraphs[2:2] = _bullets(scene, source)
    pictures = source.sample(topic.captions, source.choice((0, 1, 1, 1, 2)))
    return replace(
        bare,
        subtitles=tuple(scene.fill(t) for t in source.sample(topic.subtitles, source.choice((0, 0, 1, 1, 2, 2)))),
        paragraphs=tuple(paragraphs),
        photos=tuple(_photo(bare, scene.fill(text), place, source, 0.85) for place, text in enumerate(pictures, 1)),
        credits=credit.credits_of(bare.paper, source, bare.section),
    )


def _photo_story(bare: Draft, topic: Topic, scene: Scene, source: random.Random, _lead: str) -> Draft:
    texts = [scene.fill(text) for text in source.sample(topic.captions, source.choice((1, 1, 2)))]
    return replace(
        bare,
        section=PHOTO,
        title=f"[포토] {texts[0]}",
        photos=tuple(_photo(bare, text, place, source, 1.0) for place, text in enumerate(texts, 1)),
        credits=credit.photo_credits(bare.paper, source),
    )


def _joined(sentences: list[str], source: random.Random) -> list[str]:
    """Sentences gathered into paragraphs of one to three."""
    paragraphs: list[str] = []
    while sentences:
        count = source.randint(1, 3)
        paragraphs.append(" ".join(sentences[:count]))
        sentences = sentences[count:]
    return paragraphs


def _quote(scene: Scene, source: random.Random) -> str:
    said = scene.fill(source.choice(lists()["sentences_quotes"]))
    return scene.fill(f"{{office}} {{post}} {person(source)} 씨는 {said}.")


def _bullets(scene: Scene, source: random.Random) -> list[str]:
    """▲ as the mark of a list: within a sentence, or one line an entry."""
    points = source.sample(lists()["list_items"], 4)
    if source.random() < 0.5:
        return [f"참석자들은 {' '.join(f'▲{point}' for point in points)} 등을 논의했다."]
    return [scene.fill("{office}이(가) 밝힌 추진 내용은 다음과 같다."), *(f"▲ {point}" for point in points)]


_CAPTION_FORMS = (
    "▲ {c}. 사진={city} 제공",
    "▲ {c}",
    "▲ {c}  © {name}",
    "{c}. [사진={city} 제공]",
    "▲ {c} 사진=독자 제공",
)


def _photo(bare: Draft, text: str, place: int, source: random.Random, captioned: float) -> Photo:
    form, token = source.choice(_CAPTION_FORMS), f"{source.getrandbits(48):012x}"
    caption = form.format(c=text, city=bare.paper.city, name=bare.paper.name) if source.random() < captioned else None
    path = _PHOTO_PATHS[bare.paper.family].format(at=bare.published_at, n=bare.number, place=place, token=token)
    return Photo(path, caption)


_PHOTO_PATHS = {
    "ndsoft": "/news/photo/{at:%Y%m}/{n}_{place}_{token}.jpg",
    "mediaon": "/data/cache/public/photos/{at:%Y%m%d}/art_{n}{place}_{token}.jpg",
    "gnuboard": "/data/file/news/{token}_{n}_{place}.jpg",
}


def _retitled(old: Draft, source: random.Random) -> Draft:
    mark = source.choice(("(종합)", "(수정)", "…관심 모여", " ‘눈길’"))
    return replace(old, title=old.title + mark)


def _rewritten(old: Draft, source: random.Random) -> Draft:
    if not old.paragraphs:
        return _retitled(old, source)
    scene = Scene(source, old.paper.city, old.published_at.day, old.published_at.month)
    added = scene.fill(source.choice(lists()["sentences_common"]))
    return replace(old, paragraphs=(*old.paragraphs[:-1], added, old.paragraphs[-1]))


def _corrected(old: Draft, source: random.Random) -> Draft:
    if not old.paragraphs:
        return _retitled(old, source)
    right, wrong = source.sample(range(11, 99), 2)
    line = f"[바로잡습니다] 처음 실린 기사의 참가자 수 {wrong}명을 {right}명으로 바로잡습니다."
    return replace(old, paragraphs=(*old.paragraphs, line))


_CHANGES = {TITLE: _retitled, BODY: _rewritten, CORRECTION: _corrected}
