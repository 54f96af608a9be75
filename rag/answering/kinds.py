"""What kind of answer a question wants: one short one, or several claims, and about what.

Told by rules on the question's wording alone, so that the same question is always read the same
way. Where none fits, the answer is short and direct. Knows nothing of the articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.answering.periods import Moment, moment
from rag.question import SAME_OF
from rag.words import terms


class Kind(StrEnum):
    """The kinds of questions that are answered differently."""

    DIRECT = "direct"  # one answer, short
    SEVERAL = "several"  # a plural: as many as answer
    LIST = "list"  # all there are
    COMPARISON = "comparison"  # something of each side
    COURSE = "course"  # what happened or changed, by date
    LATEST = "latest"  # the newest first
    TOPIC = "topic"  # what the articles say about something
    SUMMARY = "summary"  # one article as a whole


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as it is read.

    Attributes:
        kind: What is wanted.
        topic: What it is about, without the words that ask; empty where it names nothing.
        sides: What is compared, two or three.
        when: The day, month or year that a course of events is asked of, and of nothing else.
    """

    kind: Kind
    topic: str = ""
    sides: tuple[str, ...] = ()
    when: Moment | None = None


DIRECT = Asking(Kind.DIRECT)
_ARTICLE = r"(?:article|text|document|report|paper|story|piece|page|file)"
_ABOUT = r"(?:on|about|of|for|titled|called|named|regarding|concerning)"
_SUMMARY = re.compile(
    r"\b(?:summari[sz]e|summary (?:of|about)|summary\W*$|sum up|overview (?:of|on|about)"
    r"|overview\W*$|outline of|gist|synopsis|(?:main|key) points"
    r"|in (?:a nutshell|brief|short)\b(?=\W*[,:]|\W*$))",
    re.I,
)
_WHAT_ABOUT = re.compile(
    rf"^\W*what(?:['’]s| is| does)\b.*\b{_ARTICLE}\b.*\b(?:about|say|deal with|cover)\W*$", re.I
)
_NAMED_ARTICLE = re.compile(rf"\b{_ARTICLE}\b(?:\s+{_ABOUT}\b)?", re.I)
_TOPIC = re.compile(
    r"^\W*what (?:do|does|did|can|have|has) (?:the |these |those |your |all )*"
    rf"(?:{_ARTICLE}s|sources|library|archive)\b.*?\b(?:about|on|of|regarding)\s+(?P<t>.+)"
    r"|^\W*what (?:is|was|has been) (?:known|said|reported|written) (?:about|of|on)\s+(?P<u>.+)"
    r"|^\W*(?:tell me (?:more |everything |all )?|everything |what (?:can|do) you (?:tell|know)"
    r" (?:me )?)about\s+(?P<v>.+)",
    re.I,
)
_COURSE = re.compile(
    r"^\W*how (?:has|have|had|did|do|does|was|were)\b.*"
    r"\b(?:chang|develop|evolv|shift|progress|unfold)\w*\b(?!\s+(?:a|an|the)\b)"
    r"|^\W*(?:when|how often|in what way) (?:has|have|had|did|does|do)\b.*\bchanged?\W*$"
    r"|^\W*what (?:has |had )?(?:happened|changed)\b(?!.*\b(?:if|when|as a result|because)\b)"
    r"|^\W*(?:what (?:is|was|were|are) the |give (?:me )?(?:a |the )|trace the |describe the )"
    r"(?:history|timeline|chronology|course|development|evolution|sequence) of\b"
    r"|\b(?:over (?:time|the (?:years|months|weeks)))\b|^\W*(?:timeline|chronology)\b",
    re.I,
)
_COURSE_WORDS = re.compile(
    r"\b(?:what|how|when|did|do|does|has|have|had|happen\w*|chang\w*|develop\w*|evol\w*|shift\w*"
    r"|(?:last|this|past|next) (?:day|week|month|year|few \w+)s?|recently|today|yesterday"
    r"|the year(?= \d)|next|afterwards|later|then|progress\w*|unfold\w*|history|timeline|chronology"
    r"|course|sequence|trace|describe|give|me"
    r"|over (?:time|the \w+)|between|after|before|since|until|during|often)\b",
    re.I,
)
_TO_OR_FROM = re.compile(r"\b(?:after|before|since|until|till|between|from|by)\b", re.I)
_LATEST = re.compile(
    r"\b(?:the )?(?:latest|newest|most recent)(?:\s+(?:news|developments?|reports?|updates?))?"
    r"(?:\s+(?:on|about|of|from|with)\b|(?<!newest)(?<!recent)\W*$)"
    r"|\bwhat(?:['’]s| is) new(?:\s+(?:about|on|with|in|from|for|at|of|since|today|this)\b|\W*$)"
    r"|\brecent (?:news|developments)\b",
    re.I,
)
_LIST = re.compile(
    r"^\W*(?:(?:please|can you|could you)\s+)*(?:list|enumerate"
    r"|name (?:all|every|each|some|two|three|the (?:\w+ )?\w+s)\b"
    r"|give (?:me )?(?:a |the )?(?:(?:full|complete) )?list of"
    r"|(?:show|tell|give) (?:me )?all (?:of )?the \w+s\b)"
    r"|^\W*(?:what|which|who) (?:are|were) all\b",
    re.I,
)
_ORDER = re.compile(  # to list, in front of what
    r"(?:list|enumerate|name|(?:show|tell|give)(?: me)?(?=\s+all\b)"
    r"|give (?:me )?(?:a |the )?(?:(?:full|complete) )?list of)\s+"
    r"(?P<all>(?:(?:all|every|each)(?: of)?(?: the)?|the)\s+)?(?P<what>.+?)\W*$",
    re.I | re.S,
)
_PLURAL = re.compile(
    r"^\W*(?:(?:in|for|from|on|with|by|at|to) )?(?:which|what) (?:\w+ )?(?P<noun>\w+s)"
    r" (?:did|do|does|was|were|are|is|have|has|had|can|could|will|would|may|might|must|should|of|in"
    r"|on|for|that|which|with|from|to|by|about|behind|\w+ed)\b"
    r"|^\W*(?:which|what) (?P<acting>\w+s) \w+"
    r"|^\W*(?:who|what|which) (?:are|were) the (?:\w+ ){0,3}?(?P<others>\w+s)\b",
    re.I,
)
_PEOPLE = re.compile(r"^\W*(?:which|what) (?:people|men|women|children)\b", re.I)
_NO_PLURAL = re.compile(
    r"(?:ss|us|is|[^aeiou]ics|news|series|species|was|has|does|its|always|perhaps|happens|makes|causes"
    r"|means|gives|comes|goes|takes|says|kinds|sorts)$",
    re.I,
)
_SIDE = r"(?P<{}>[^,;?]+?)"
_A, _B = _SIDE.format("a"), _SIDE.format("b")
_END = (
    r"(?P<rest>\s+(?:in|on|by|for|with regard to|in terms of|regarding|according to)\s+[^?]+)?\W*$"
)
_COMPARISONS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"^\W*(?:please )?(?:compare|contrast)\s+{_A}\s+"
        rf"(?:and|with|to|against|versus|vs\.?)\s+{_B}(?:\s+(?:with|to) each other)?{_END}",
        rf"\b(?:differences?|similarities|comparison) between\s+{_A}\s+and\s+{_B}{_END}",
        rf"^\W*how (?:do|does|did|is|are|was|were)\s+{_A}\s+(?:and\s+{_B}\s+)?(?:compare|differ)"
        rf"(?:\s+(?:to|with|from)\s+(?P<c>[^,;?]+?))?{_END}",
        rf"^\W*how (?:is|are|was|were)\s+{_A}\s+different from\s+{_B}{_END}",
        rf"^\W*what do\s+{_A}\s+and\s+{_B}\s+say (?:about|on)(?P<rest>[^?]+)\W*$",
        r"^\W*(?:which|who|what) (?:is|was|are|were|has|had) (?:the )?"
        r"(?:\w+er|(?:more|less) \w+)(?: \w+)?\W+"
        rf"{_A},? or {_B}{_END}",
        rf"^\W*(?!(?:how|what|why|when|who|where|which|did|do|does|is|was|were)\b){_A}\s+(?:vs\.?|versus)\s+{_B}\W*$",
    )
)
_POLITE = re.compile(
    r"^\W*(?:(?:please|hello|hi|hey)\b\W*)*"
    r"(?:(?:can|could|would|will) you\b\W*(?:please\b\W*)?)?",
    re.I,
)
_LENGTH = re.compile(
    r"\bin (?:[\w-]+ ){0,3}?(?:sentences?|words|paragraphs?|lines|points|bullets?)\W*$", re.I
)
_SOURCES = re.compile(rf"(?:{_ARTICLE}s?|sources?|authors?)", re.I)
_BEFORE_ASPECT = re.compile(r"^\s*(?:in terms of|with regard to|according to|\w+)\s", re.I)
_LEADING = frozenset("the a an what both between how".split())
_FILLING = _LEADING | frozenset(
    """what's what’s is are was were does please can could you give write me i want need short brief
    of on about in to this that it""".split()
)


def asking(question: str, earlier: str = "") -> Asking:
    """Read a question.

    Args:
        question: As it was asked.
        earlier: The one before it where this one asks the same of something else, or more of the
            same.

    >>> asking("When did the bridge open?").kind.value
    'direct'
    >>> asking("Compare the A100 with the A800 in memory.")
    Asking(kind=<Kind.COMPARISON: 'comparison'>, topic='memory', sides=('A100', 'A800'), when=None)
    >>> asking("Summarise the article on the Lund bridge.").topic
    'Lund bridge'
    >>> asking("What do the articles say about geese?").topic
    'geese'
    >>> asking("What happened in May 1932?").when, asking("What changed after May 1932?").when
    ((1932, 5, 0), None)
    >>> asking("And the ducks?", "What do the articles say about geese?")
    Asking(kind=<Kind.TOPIC: 'topic'>, topic='the ducks', sides=(), when=None)
    >>> asking("Tell me more.", "Compare the A100 with the A800.").sides
    ('A100', 'A800')
    """
    asked = _asking(question)
    if earlier and asked.kind is Kind.DIRECT:
        before = _asking(earlier)
        if not terms(question):
            return before
        if before.kind not in (Kind.SUMMARY, Kind.COMPARISON):
            topic = _clean(SAME_OF.sub("", question)) if before.topic else ""
            when = moment(_bare(topic, _FILLING)) if before.when else None
            return Asking(before.kind, topic, when=when)
    return asked


def as_question(order: str) -> str:
    """An order to list something as the question for it; anything else as it is.

    The reader has learned from questions, and "list" is a word of some articles.

    >>> as_question("Please list all bridges in Lund.")
    'What are the bridges in Lund?'
    >>> as_question("List Ada Rehn's bridges."), as_question("When did it open?")
    ("What are Ada Rehn's bridges?", 'When did it open?')
    """
    plain = _POLITE.sub("", order)
    match = _ORDER.match(plain) if _LIST.search(plain) else None
    return f"What are {'the ' if match['all'] else ''}{match['what']}?" if match else order


def _asking(question: str) -> Asking:
    question = _POLITE.sub("", question)
    sides, about = _compared(question)
    if sides:
        return Asking(Kind.COMPARISON, about, sides)
    if whole := _whole(question):
        return whole
    if match := _TOPIC.search(question):
        topic = next(text for text in match.group("t", "u", "v") if text)
        return Asking(Kind.TOPIC, _bare(topic, _FILLING))
    if _LATEST.search(question):
        return Asking(Kind.LATEST, _bare(_LATEST.sub(" ", question), _FILLING))
    if _COURSE.search(question):
        topic = _bare(_COURSE_WORDS.sub(" ", question), _FILLING)
        when = None if _TO_OR_FROM.search(question) else moment(topic)
        return Asking(Kind.COURSE, topic, when=when)
    if _LIST.search(question):
        return Asking(Kind.LIST)
    return Asking(Kind.SEVERAL if _plural(question) else Kind.DIRECT)


def _whole(question: str) -> Asking | None:
    """A summary of one article, or of what the articles say of a topic."""
    if not (_SUMMARY.search(question) or _WHAT_ABOUT.search(question)):
        return None
    text = _SUMMARY.sub(" ", _LENGTH.sub("", question))
    one = re.search(rf"\b{_ARTICLE}\b", text, re.I)
    text = _NAMED_ARTICLE.sub(" ", text)
    text = re.sub(r"\b(?:about|say|deal with|cover)\W*$", " ", text, flags=re.I)
    return Asking(Kind.SUMMARY if one else Kind.TOPIC, _bare(text, _FILLING))


def _compared(question: str) -> tuple[tuple[str, ...], str]:
    """The sides of a comparison, and what is compared about them; no sides where it is none."""
    for pattern in _COMPARISONS:
        if match := pattern.search(question):
            found = match.groupdict()
            sides = [_bare(found[name], _LEADING) for name in "abc" if found.get(name)]
            if len(sides) > 1 and all(map(_can_be_compared, sides)):
                about = _BEFORE_ASPECT.sub("", found.get("rest") or "")
                return tuple(sides), _clean(about)
    return (), ""


def _can_be_compared(side: str) -> bool:
    return bool(terms(side)) and not _SOURCES.fullmatch(side)


def _bare(text: str, leading: frozenset[str]) -> str:
    """The text without such words at its beginning."""
    words = text.split()
    while words and _clean(words[0]).lower() in leading | {""}:
        del words[0]
    return _clean(" ".join(words))


def _plural(question: str) -> bool:
    if _PEOPLE.search(question):
        return True
    match = _PLURAL.search(question)
    noun = match and (match["noun"] or match["acting"] or match["others"])
    return bool(noun) and not _NO_PLURAL.search(noun or "")


def _clean(text: str) -> str:
    return " ".join(text.split()).strip(' ?.!,;:"“”')
