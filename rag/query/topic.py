"""What a question is about: its words without those that ask, and the sides of a comparison.

The words that ask are those of the phrasings that the intents were learned from. A name, a figure
or a month is never taken for one of them. Knows nothing of what is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.query.intents import bundled_model
from rag.words import MONTHS, STOP, terms, tokens

_LEADING = frozenset("the a an what both between how".split())
_TO_OR_FROM = re.compile(r"\b(?:after|before|since|until|till|between|from|by)\b", re.I)
_QUOTED = re.compile(r"[“\"]([^”\"]{2,})[”\"]")
_TOKEN = re.compile(r"\S+")
_KEPT = frozenset(MONTHS)
_COUNTS = frozenset("one two three four five six seven eight nine ten few".split())
_ORDER = re.compile(  # to list
    r"^\W*(?:(?:please|can you|could you)\s+)*(?:list|enumerate|name|mention"
    r"|(?:show|tell|give)(?: me)? (?:all|(?:a |the )?(?:full |complete )?list))\b",
    re.I,
)
_WHY = re.compile(
    r"^\W*(?:why|how come|for what reason)\s+(?:(?:is|are|was|were|has|have|had|do|does|did|can"
    r"|could|would|will|should|must)(?:n['’]?t)?\s+)?",
    re.I,
)
_MATTERS = frozenset("matter matters mattered important".split())
ASKING = frozenset("how why what who whom whose which when where whether if".split())
_ALL = re.compile(r"\b(?:all|every|each|the)\b", re.I)
_SIDE = r"(?P<{}>[^,;?]+?)"
_A, _B = _SIDE.format("a"), _SIDE.format("b")
_END = (
    r"(?P<rest>\s+(?:in|on|by|for|with regard to|in terms of|regarding|according to)\s+[^?]+)?\W*$"
)
_BE = r"(?:is|are|was|were|has|had|do|does|did)"
_MORE = r"(?:\w+er|(?:more|less) \w+)"
_COMPARISONS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(?:compare|contrast|distinguish)\s+{_A}\s+"
        rf"(?:and|with|to|from|against|versus|vs\.?)\s+{_B}(?:\s+(?:with|to) each other)?{_END}",
        rf"\b(?:differences?|similarities|comparison|contrast) (?:between|of)\s+{_A}\s+"
        rf"(?:and|with)\s+{_B}{_END}",
        rf"\bhow {_BE}\s+{_A}\s+(?:and\s+{_B}\s+)?(?:compare|differ)"
        rf"(?:\s+(?:to|with|from)\s+(?P<c>[^,;?]+?))?{_END}",
        rf"\bhow {_BE}\s+{_A}\s+different from\s+{_B}{_END}",
        rf"\bhow (?:similar|different) {_BE}\s+{_A}\s+and\s+{_B}{_END}",
        rf"\bwhat {_BE}\s+{_A}\s+and\s+{_B}\s+"
        r"(?:have in common|(?:say|think) (?:about|on)(?P<rest>[^?]+))\W*$",
        rf"\b(?:which|who|what)(?: of the two| one)? {_BE} (?:the )?{_MORE}(?: \w+)?\W+"
        rf"{_A},? or {_B}{_END}",
        rf"\b(?:which|who) of {_A} and {_B} {_BE} (?P<rest>\w+ {_MORE}|{_MORE})\W*$",
        rf"^\W*{_BE}\s+(?P<a>(?:the |an? )?[^,;?]+?)\s+{_MORE}\s+than\s+{_B}{_END}",
        rf"^\W*(?!(?:how|what|why|when|who|where|which|did|do|does|is|was|were)\b){_A}\s+"
        rf"(?:vs\.?|versus)\s+{_B}\W*$",
    )
)
_SOURCES = re.compile(r"(?:articles?|texts?|documents?|reports?|papers?|sources?|authors?)", re.I)
_BEFORE_ASPECT = re.compile(r"^\s*(?:in terms of|with regard to|according to|\w+)\s", re.I)


def topic_of(question: str) -> str:
    """What a question is about; empty where all of it only asks.

    >>> topic_of("Summarise the article on the Lund bridge in three sentences.")
    'Lund bridge'
    >>> topic_of("What do the articles say about Barnacle geese?"), topic_of("What is this about?")
    ('Barnacle geese', '')
    """
    if quoted := _QUOTED.search(question):
        return clean(quoted[1])
    words = [match[0] for match in _TOKEN.finditer(question)]
    asking = bundled_model().asking | STOP
    if not question.isupper():  # what is all capitals among other words is a name, as "GAIN" is
        names = {clean(word).lower() for word in words[1:] if word.isupper()}
        asking -= names - ASKING - STOP
    while words and not _keeps(words[-1], asking | _COUNTS, first=len(words) == 1):
        words.pop()
    place = 0
    while place < len(words) and not _keeps(words[place], asking, first=place == 0):
        place += 1
    return clean(" ".join(words[place:]))


def sides_of(question: str) -> tuple[tuple[str, ...], str]:
    """The sides of a comparison, and what is compared about them; no sides where it is none.

    >>> sides_of("Compare the A100 with the A800 in memory.")
    (('A100', 'A800'), 'memory')
    """
    for pattern in _COMPARISONS:
        if match := pattern.search(question):
            found = match.groupdict()
            sides = [_without(found[name], _LEADING) for name in "abc" if found.get(name)]
            if len(sides) > 1 and all(terms(s) and not _SOURCES.fullmatch(s) for s in sides):
                about = _BEFORE_ASPECT.sub("", found.get("rest") or "")
                return tuple(sides), clean(about)
    return (), ""


def as_question(order: str) -> str:
    """An order to list something as the question for it; anything else as it is.

    The reader has learned from questions, and "list" is a word of some articles.

    >>> as_question("Please list all bridges in Lund.")
    'What are the bridges in Lund?'
    >>> as_question("List Ada Rehn's bridges."), as_question("When did it open?")
    ("What are Ada Rehn's bridges?", 'When did it open?')
    """
    match = _ORDER.match(order)
    topic = topic_of(order) if match else ""
    if not topic:
        return order
    begins = max(order.find(topic), 0)
    the = "the " if _ALL.search(order[:begins]) else ""
    return f"What are {the}{clean(order[begins:])}?"


def as_definition(asked: str) -> str:
    """An order to explain something as the question for it; anything else as it is.

    So is one why something matters: else whatever is said to matter would be found.

    >>> as_definition("Explain gate duties simply."), as_definition("Explain how gates work.")
    ('What is gate duties?', 'Explain how gates work.')
    >>> as_definition("What is the Korvina and why does it matter?")
    'What is Korvina?'
    """
    words = set(tokens(asked))
    asks = asked.rstrip().endswith("?") or not ASKING.isdisjoint(words)
    matters = "why" in words and not _MATTERS.isdisjoint(words)
    topic = "" if asks and not matters else topic_of(asked)
    return f"What is {topic}?" if topic and _MATTERS.isdisjoint(tokens(topic)) else asked


def as_reason(question: str) -> str:
    """How a sentence begins that tells the reason asked for; "" where none is asked for.

    What tells a reason is often worded otherwise than the question, and near to this.

    >>> as_reason("Why did the council close the bridge?"), as_reason("When did it close?")
    ('the council close the bridge because', '')
    """
    match = _WHY.match(question)
    rest = question[match.end() :].rstrip(" ?.!") if match else ""
    return f"{rest} because" if terms(rest) else ""


def names_no_more_than_a_day(question: str) -> bool:
    """Whether a date in it is the day meant, and neither the beginning nor the end of a time."""
    return not _TO_OR_FROM.search(question)


def clean(text: str) -> str:
    """The text on one line, without marks around it."""
    return " ".join(text.split()).strip(' ?.!,;:"“”')


def _keeps(word: str, asking: Collection[str], *, first: bool) -> bool:
    """Whether a word says what is asked about."""
    plain = clean(word).replace("’", "'")
    if not plain:
        return False
    lower = plain.lower()
    named = plain[0].isupper() and not first and plain != plain.upper()
    bare = lower.removesuffix("'s")
    return named or lower[0].isdigit() or bare in _KEPT or not {lower, bare} & set(asking)


def _without(text: str, leading: frozenset[str]) -> str:
    """The text without such words at its beginning."""
    words = text.split()
    while words and clean(words[0]).lower() in leading | {""}:
        del words[0]
    return clean(" ".join(words))
