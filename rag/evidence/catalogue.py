"""Questions about the articles themselves, answered from their list: exactly, with each cited.

Who wrote one, when, which is the newest, how many mention something. A citation of such an answer
shows where the article begins, or the sentence that mentions what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag.documents.boilerplate import boilerplate_lines
from rag.documents.sentences import split_sentences
from rag.evidence.article import HELD
from rag.evidence.described import Described, described
from rag.evidence.names import names_in
from rag.evidence.selection import content, share, worth_quoting
from rag.evidence.sources import Sources
from rag.languages import ENGLISH, NAMES
from rag.listing import DocumentInfo, such
from rag.models.reader import Reader
from rag.query import ASKING, Aspect, Intent, Query
from rag.query.language import language_asked
from rag.retrieval import Filters
from rag.schema import Document, Evidence, Span, many
from rag.showing import day_in_words
from rag.words import STOP, stem, terms, tokens

_SHOWN = 8  # articles that are listed
_READ = 20_000  # articles that are looked through for a mention
_BYLINE = -7.5  # logits of the reader from which such a line is taken to name the author
_WHO = "Who wrote this article?"  # what the reader is asked, however a person did
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_NAMED = 0.6  # share of the topic that a title must hold to be meant
_LACKS = {
    Aspect.AUTHOR: "name its author",
    Aspect.DATE: "tell its date",
    Aspect.SOURCE: "tell where it comes from",
    Aspect.LANGUAGE: "tell its language",
    Aspect.LENGTH: "hold any words",
}
_OF_ONE = tuple(_LACKS)
_ARTICLE = stem("article")
_COUNTED = frozenset(  # what a question counts that is about the articles themselves
    stem(word)
    for word in (
        "article text document file source report paper page post note story recipe letter memo"
        " review interview minutes library archive folder collection mention mentioned"
    ).split()
)
_WRITING = frozenset(map(stem, "wrote write writes written author writer".split()))
_WHO_ASKS = frozenset(("who", "whom", "whose"))
_LEAST = 2  # words that say what is asked about
_LOOKED_AT = 3  # passages
_HELD = 0.5  # share of a question's words that the articles must hold to be asked of them
_GROUPED: dict[Aspect, Callable[[DocumentInfo], str]] = {
    Aspect.AUTHOR: lambda info: info.author,
    Aspect.LANGUAGE: lambda info: NAMES.get(info.language, info.language),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of the answer, and the evidence beneath it."""

    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be looked up."""

    sources: Sources
    document: Callable[[str], Document | None]
    filters: Filters

    def speaks_of(self, query: Query) -> bool:
        """Whether a question is about articles, and not about something that one of them tells of.

        "Who wrote the memo?" is about an article only where one is called so; "who wrote the
        article on the memo?" is about one anyway.
        """
        if query.aspect is Aspect.COUNT:
            return not _COUNTED.isdisjoint(terms(query.standalone))
        if query.aspect not in _OF_ONE or not content(query.topic):
            return True
        return _ARTICLE in terms(query.standalone) or self._titled(query.topic)[0] >= _NAMED

    def is_mistaken(self, query: Query) -> bool:
        """Whether a question that is taken for one of the list, or of none, is for the articles."""
        if query.intent is Intent.LIBRARY:
            return not self.speaks_of(query)
        return query.aspect in (Aspect.OUTSIDE, Aspect.ABILITY) and self._hold(query.text)

    def unread(self, question: str) -> str:
        """That articles are in other languages than a question; "" where that hides nothing.

        An English question is told nothing: most libraries have a few articles in other languages.
        """
        asked = language_asked(question)
        others = {info.language for info in self._infos()} - {asked, ""}
        if self.sources.polyglot or asked in ("", ENGLISH) or not others:
            return ""
        said = " and ".join(sorted(NAMES.get(code, code) for code in others))
        named = NAMES.get(asked, asked)
        return f"The question is in {named}; articles in {said} are hardly found by it."

    def as_authors(self, query: Query) -> Query | None:
        """A question who wrote something, as one for an article that is called so; else `None`.

        "Who wrote the guide?" is one of an article "A guide to pruning". A name is of something
        that an article may tell of: "Who wrote the Magna Carta?"
        """
        asked = query.standalone
        writing = not _WRITING.isdisjoint(terms(asked)) and not _WHO_ASKS.isdisjoint(tokens(asked))
        if query.intent is not Intent.DIRECT or not writing or names_in(asked):
            return None
        topic = " ".join(w for w in tokens(asked) if w not in STOP and stem(w) not in _WRITING)
        if not topic or self._titled(topic)[0] < _NAMED:
            return None
        return replace(query, intent=Intent.LIBRARY, aspect=Aspect.AUTHOR, topic=topic)

    def _hold(self, question: str) -> bool:
        """Whether a passage holds most of what a question says; what is an order says nothing."""
        if ASKING.isdisjoint(tokens(question)[:1]) or len(content(question)) < _LEAST:
            return False
        hits = self.sources.search(question, limit=_LOOKED_AT, filters=self.filters).hits
        held = (content(f"{hit.above} {hit.text}") for hit in hits)
        return any(share(question, words, self.sources.weight) >= _HELD for words in held)

    def answer(self, query: Query) -> tuple[list[Told], str]:
        """The sentences of the answer; none, and why, where the articles do not tell."""
        aspect, topic = query.aspect, query.topic
        if aspect in _OF_ONE:
            return self._of_one(query, aspect)
        asked = described(query.standalone, topic, self._infos())
        if aspect in (Aspect.NEWEST, Aspect.OLDEST):
            return self._by_date(asked, newest=aspect is Aspect.NEWEST)
        if aspect is Aspect.LIST or not content(topic):
            return self._all()
        return self._such(asked, aspect)

    def _infos(self) -> list[DocumentInfo]:
        allowed, days = self.filters.documents, self.filters
        found = such(self.sources.documents(), after=days.after, before=days.before)
        return [info for info in found if allowed is None or info.id in allowed]

    def _of_one(self, query: Query, aspect: Aspect) -> tuple[list[Told], str]:
        info = self._meant(query)
        if info is None and content(query.topic):
            return [], f"None of the {many(len(self._infos()), 'article')} is about {query.topic}."
        if info is None:
            return self._of_all(aspect)
        document = self.document(info.id)
        if document is None:
            return [], "This article is no longer there."
        name = f"“{info.title}”"
        if said := fact(info, aspect):
            author = set(terms(info.author)) if aspect is Aspect.AUTHOR else set()
            proof = (author and _mention(document, author)) or _opening(document)
            return [Told(f"{name} {said}.", (proof,))], ""
        if aspect is Aspect.AUTHOR and (byline := _byline(document, self.sources.reader)):
            return [Told(byline.quote, (byline,))], ""
        return [], f"The article {name} does not {_LACKS[aspect]}."

    def _of_all(self, aspect: Aspect) -> tuple[list[Told], str]:
        """What the articles have of something that each has one of, and how many have it."""
        having: dict[str, list[DocumentInfo]] = {}
        if (value_of := _GROUPED.get(aspect)) is not None:
            for info in self._infos():
                if value := value_of(info):
                    having.setdefault(value, []).append(info)
        if not having:
            return [], "Several articles fit. Name the one that you mean."
        most = sorted(having.items(), key=lambda pair: -len(pair[1]))[:_SHOWN]
        return [
            Told(f"{value}: {many(len(infos), 'article')}.", (_opening(document),))
            for value, infos in most
            if (document := self.document(infos[0].id))
        ], ""

    def _meant(self, query: Query) -> DocumentInfo | None:
        """The article that is named, was just cited, or is the only one."""
        infos = self._infos()
        if len(infos) == 1:
            return infos[0]
        held, best = self._titled(query.topic)
        if content(query.topic) and held >= _NAMED:
            return best
        searched = query.topic or query.told
        if not searched.strip():
            return None
        found = self.sources.search(searched, limit=3, filters=self.filters)
        info = next((i for hit in found.hits[:1] for i in infos if i.id == hit.document), None)
        document = self.document(info.id) if info is not None else None
        if document is None or not content(query.topic):
            return info
        text = f"{document.title} {document.text}"
        held = share(query.topic, content(text), self.sources.weight) >= HELD
        return info if held and _figures(query.topic).issubset(tokens(text)) else None

    def _titled(self, topic: str) -> tuple[float, DocumentInfo | None]:
        """The article whose title holds most of a topic, and how much; any figure all the same."""
        weight, figures = self.sources.weight, _figures(topic)
        titled = [
            (share(topic, content(info.title), weight), info)
            for info in self._infos()
            if figures.issubset(tokens(info.title))
        ]
        return max(titled, key=lambda pair: pair[0], default=(0.0, None))

    def _by_date(self, asked: Described, *, newest: bool) -> tuple[list[Told], str]:
        infos = [info for info in asked.infos if info.date is not None]
        if content(asked.topic):
            among = {info.id for info, _ in self._mentioning(asked.topic, infos)}
            infos = [info for info in infos if info.id in among]
        if not infos:
            return [], "None of the articles that fit tells its date."
        infos.sort(key=lambda info: (info.date, info.id), reverse=newest)
        about = f" about {asked.topic}" if content(asked.topic) else ""
        of = f" {asked.words}" if asked.words else ""
        return [
            Told(
                f"The {'newest' if newest else 'oldest'} article{of}{about} is "
                f"“{info.title}”, dated {day_in_words(info.date)}.",
                (_opening(document),),
            )
            for info in infos[:1]
            if info.date and (document := self.document(info.id))
        ], ""

    def _all(self) -> tuple[list[Told], str]:
        infos = self._infos()
        if not infos:
            return [], "There are no articles yet. Add some first."
        infos.sort(key=lambda info: (-(info.date.toordinal() if info.date else 0), info.id))
        more = f"; the newest {_SHOWN} are cited" if len(infos) > _SHOWN else ""
        are = "is" if len(infos) == 1 else "are"
        documents = [d for info in infos[:_SHOWN] if (d := self.document(info.id))]
        text = f"There {are} {many(len(infos), 'article')}{more}."
        listed = [_line(info, document) for info, document in zip(infos, documents, strict=False)]
        return [Told(text, tuple(_opening(d) for d in documents)), *listed], ""

    def _such(self, asked: Described, aspect: Aspect) -> tuple[list[Told], str]:
        """The articles that are as it is asked, and mention what is asked for."""
        every = many(len(asked.infos if asked.topic else self._infos()), "article")
        if asked.topic:
            found = list(self._mentioning(asked.topic, asked.infos))
            verb = "mentions" if len(found) == 1 else "mention"
            of = f" {asked.words}" if asked.words else ""
            does, none = f"{verb} {asked.topic}", f"mentions {asked.topic}"
        else:
            documents = ((info, self.document(info.id)) for info in asked.infos)
            found = [(info, _opening(document)) for info, document in documents if document]
            of, none = "", f"is {asked.words}"
            does = f"{'is' if len(found) == 1 else 'are'} {asked.words}"
        if not found:
            return [], f"None of the {every}{of} {none}."
        yes = "Yes, " if aspect is Aspect.ANY else ""
        head = f"{yes}{len(found)} of {every}{of} {does}."
        shown = found[:_SHOWN]
        told = [Told(head[0].upper() + head[1:], tuple(one for _, one in shown))]
        if aspect is Aspect.COUNT:
            return told, ""
        return [*told, *(Told(f"“{info.title}”.", (one,)) for info, one in shown)], ""

    def _mentioning(
        self, topic: str, infos: Iterable[DocumentInfo]
    ) -> Iterator[tuple[DocumentInfo, Evidence]]:
        """The articles that hold every word of a topic in one sentence or their title."""
        wanted = set(terms(topic))
        for info in islice(infos, _READ):
            document = self.document(info.id)
            if document is None:
                continue
            one = _mention(document, wanted)
            if one is not None:
                yield info, one
            elif wanted <= set(terms(info.title)):
                yield info, _opening(document)


def fact(info: DocumentInfo, aspect: Aspect) -> str:
    """What is known of an article, as the rest of a sentence about it; "" for nothing.

    >>> fact(DocumentInfo("a.md", "A", None, 10, 1, words=1200, sections=2), Aspect.LENGTH)
    'has 1,200 words in 2 sections'
    """
    if aspect is Aspect.AUTHOR:
        return f"was written by {info.author}" if info.author else ""
    if aspect is Aspect.DATE:
        dated = f"is dated {day_in_words(info.date)}" if info.date else ""
        changed = f"was last changed on {day_in_words(info.modified)}" if info.modified else ""
        return " and ".join(filter(None, (dated, changed)))
    if aspect is Aspect.SOURCE:
        return f"comes from {info.source}" if info.source else ""
    if aspect is Aspect.LANGUAGE:
        return f"is in {NAMES.get(info.language, info.language)}" if info.language else ""
    sections = f" in {many(info.sections, 'section')}" if info.sections > 1 else ""
    return f"has {many(info.words, 'word')}{sections}" if info.words else ""


def _figures(topic: str) -> set[str]:
    """The words with a digit: "Gardener 3" is not "Gardener 5"."""
    return {word for word in tokens(topic) if any(map(str.isdigit, word))}


def _byline(document: Document, reader: Reader) -> Evidence | None:
    """The line around an article that the reader takes for the answer: a byline, a biography."""
    spans = [Span(*match.span()) for match in _LINE.finditer(document.text)]
    flags = boilerplate_lines([document.text[s.start : s.end] for s in spans])
    around = [s for s, flag in zip(spans, flags, strict=True) if flag]
    sentences = [
        Span(line.start + s.span.start, line.start + s.span.end)
        for line in around
        for s in split_sentences(document.text[line.start : line.end], document.language)
    ]
    text = "\n".join(document.text[s.start : s.end] for s in sentences)
    inside, at = [], 0
    for s in sentences:
        inside.append(Span(at, at + s.end - s.start))
        at += s.end - s.start + 1
    if not sentences:
        return None
    (reading,) = reader.read(_WHO, [(document.title, text, inside)])
    best = max(range(len(sentences)), key=lambda place: reading.answers[place])
    odds = reading.answers[best] - reading.none
    return quoted(document, sentences[best]) if odds > _BYLINE else None


def _mention(document: Document, wanted: set[str]) -> Evidence | None:
    """The first sentence with all of some stems."""
    if not wanted <= set(terms(document.text)):
        return None
    for sentence in split_sentences(document.text, document.language):
        quote = document.text[sentence.span.start : sentence.span.end]
        if wanted <= set(terms(quote)):
            return quoted(document, sentence.span)
    return None


def _opening(document: Document) -> Evidence:
    """The first sentence of an article that says something, else its first line."""
    spans = [s.span for s in islice(split_sentences(document.text[:4000], document.language), 20)]
    whole = [s for s in spans if worth_quoting(document.text[s.start : s.end])]
    return quoted(document, (whole or spans or [Span(0, len(document.text))])[0])


def quoted(document: Document, span: Span) -> Evidence:
    """Some characters of an article as evidence."""
    place = document.place(span.start)
    return Evidence(
        document.id,
        document.title,
        document.date,
        *span,
        quote=document.text[span.start : span.end],
        score=1.0,
        used=True,
        page=place.page,
        place=place.name,
    )


def _line(info: DocumentInfo, document: Document) -> Told:
    day = f" ({day_in_words(info.date)})" if info.date else ""
    return Told(f"“{info.title}”{day}.", (_opening(document),))


def used(told: Sequence[Told]) -> tuple[Evidence, ...]:
    """The evidence of an answer, each once."""
    found = {(e.document, e.start): replace(e, used=True) for one in told for e in one.evidence}
    return tuple(found.values())
