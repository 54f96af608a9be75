"""From a follow-up and the turns before it to a question that stands alone.

Another thing takes the place of the one in the last question ("And the Terne?"), a pronoun that of
the one thing which that names, an ordinal counts in the last list, "who said that" is asked of
the last claim. Else, a question that leans on what came before is made whole by a model, or has
the last question in front of it. One that leans, or goes on about the same, is searched together
with the last question and the last answer, which count for less than its own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rag.query.intents import MASK, bundled_model, intent_of, masked
from rag.query.phrases import claims_of, exchanged, listed, things
from rag.query.query import Intent
from rag.query.topic import topic_of
from rag.schema import NOT_SAID
from rag.words import terms

History = Sequence[tuple[str, str]]
Complete = Callable[[str, str, str], str]
"""From a question, the one before it and its answer to a whole question; "" where it cannot."""

_SAME_OF = re.compile(  # "And in Norway?" asks the same of something else
    r"^\W*(?:(?:and|or|but|so)\s+)?(?:what|how) about\b\W*"
    r"|^\W*and\s+(?=(?:the|in|for|on|at|of|with|an?)\b|(?-i:[A-Z0-9]))",
    re.I,
)
_LEANS = re.compile(
    r"^\s*(?:and|but|so|or|then|also|what about|how about|why not|who else|what else|where else"
    r"|how so|how come|is that|are they|was it|really|the (?:first|second|third|last|other)"
    r"|(?:no,? )?i meant?|wait|what do you mean|anything (?:else|more|special)|is there anything)\b"
    r"|\b(?:it|they|them|he|him|she|else|ones|(?:which|this|that|the|(?:an)?other) one)\b"
    r"|\b(?:is|was|do|does|did|of|about|like|after|before|to|with|for|from|on|in|by) that\b"
    r"|\b(?:those|these|this)\b|\b(?:that|there|then|(?<!number )one)\W*$"
    r"|\bthe (?:other way|next steps?)\b|\b(?:next|afterwards|later|an example|examples)\W*$",
    re.I,
)
_OWNER = re.compile(r"\b(?:its|their|his|hers?)\b", re.I)
_NAMED = re.compile(r"\S\s+[\"'“‘(]*[^\W_]*[A-Z0-9]")  # a name, the first word left out
_INTRODUCES = re.compile(
    r"^\s*(?:what|who|where)(?:['’]s| is| are| was| were) (?!the\b(?! (?-i:[A-Z0-9])))"
    r"(?!(?:(?-i:[a-z])+ed|responsible|involved|next|wrong|there)\b)",
    re.I,
)  # "What is the H20?" names what it asks for, "What is the price?" and "Who was killed?" do not
_FURTHER = re.compile(
    r"\b(?:who|what|where|anything|anyone|anybody|nothing|why|how) else\b|\bany (?:others?|more)\b"
    r"|^\W*(?:(?:and|please|can you)\s+)*(?:(?:tell me|say|give me|go on|continue)\b.*\b)?more\W*$"
    r"|\b(?:which|what|who|are there) others?\b|\banother (?:one|reason|example)\b",
    re.I,
)
_COUNTED = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_ORDINAL = re.compile(
    r"(?P<does>\b(?:do|does|did|can|will) )?"
    rf"\bthe (?P<which>{'|'.join(_COUNTED)}|last|former|latter)\b"
    r"(?P<of> ones?\b| of (?:these|those|them|the (?:two|three|four|list))\b|(?=\W*$)"
    r"|(?(does)(?= \w+\W*$)|(?!)))",  # "how long does the second take"
    re.I,
)
_TWO = re.compile(
    r"\b(?:(?:the|these|those) two(?: of them)?|both of them)\b(?!\s+(?!is|was|has|does)\w+s\b)",
    re.I,
)
_WHO_SAID = re.compile(
    r"^\W*(?:and )?(who|where|when)\b.*\b(?:said|says|claimed|told) (?:that|this|it|so)\W*$", re.I
)
_MADE_TO = re.compile(r"\b(?:make|makes|made|let|lets|help|helps|helped)\s$", re.I)  # "her resign"
_PRONOUN = re.compile(r"\b(it|its|he|him|his|she|her)\b(?!['’])", re.I)
_WHO = re.compile(r"\W*who\b(?! (?:is|are|was|were) (?-i:[A-Z]))", re.I)  # the answer says who
_OWNS = re.compile(r"its|his", re.I)
_ANSWERS = 6  # back from now, whose claims are not said again, and whose lists are counted in
_DEEP = 3  # questions back that are made to stand alone for this one
_FEW, _SHORT, _SHARED = 2, 6, 2  # words of its own
_ASKED, _TOLD = 0.3, 0.2  # what the last question and the last answer count beside the question
_BARE = 1.0  # and beside one that has no words of its own
_LONGEST = 300  # characters of an earlier turn that are searched with
_LONGEST_BEFORE = 500  # characters of an earlier question that are put in front


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question made to stand alone.

    Attributes:
        standalone: The question as it can be judged by itself.
        asks: The text that tells what is wanted: this question, or the one that it repeats.
        parts: As of `Query`, like the next two.
        told: The last answer.
        own: As of `Query`.
        said: The claims made before.
    """

    standalone: str
    asks: str
    parts: tuple[tuple[str, float], ...] = ()
    told: str = ""
    own: str = ""
    said: tuple[str, ...] = ()


def not_completed(question: str, before: str, told: str) -> str:
    """Where no model writes."""
    return ""


def rewrite(question: str, history: History, complete: Complete = not_completed) -> Rewritten:
    """The question made to stand alone, and what is searched for with it.

    Args:
        question: In one line.
        history: The turns before it.
        complete: Asked where it leans on them in a way that no rule here knows.

    >>> history = [("user", "Who left Normandy?"), ("assistant", "Rollo. [1]")]
    >>> rewrite("And why?", history).parts
    (('And why?', 1.0), ('Who left Normandy?', 1.0), ('Rollo. [1]', 1.0))
    """
    asked, told = last_turns(history)
    asked, told = asked[:_LONGEST], told[:_LONGEST]
    if not asked:
        return Rewritten(question, question)
    whole = standalone(question, history, complete=complete)
    before = f"{asked} {told}"
    if whole == question and not (_leans(question) or _goes_on(question, before)):
        return Rewritten(question, question)
    bare, further = not terms(question), _FURTHER.search(question)
    said = tuple(_claims(history)) if further else ()
    glued = whole.endswith(question)
    own = question if glued else whole  # what was put in is searched for
    parts = (own, 1.0), (asked, _BARE if bare else _ASKED), (told, _BARE if bare else _TOLD)
    asks = _before_more(history) if further and bare else own
    told_of = tuple((text, n) for text, n in parts if text)
    alone = question if glued or _PRONOUN.search(question) else ""
    return Rewritten(whole, asks, told_of, told, alone, said)


def standalone(
    question: str, history: History, *, deep: int = _DEEP, complete: Complete = not_completed
) -> str:
    """The question as it can be judged by itself.

    >>> history = [("user", "How long is the Korvina?"), ("assistant", "30 m. [1]")]
    >>> standalone("And the Terne?", history), standalone("Who built it?", history)
    ('How long is the Terne?', 'Who built the Korvina?')
    >>> standalone("And why?", history), standalone("Where is Lund?", history)
    ('How long is the Korvina? And why?', 'Where is Lund?')
    """
    places = [i for i, (role, text) in enumerate(history) if role == "user" and text.strip()]
    if not places:
        return question
    if more := _before_more(history):
        places = [i for i in places if i <= max(j for j in places if history[j][1] == more)]
    own = _counted(question, history)
    if said := _WHO_SAID.search(own):
        claims = claims_of(last_turns(history)[1])
        return f"{said[1].capitalize()} said “{claims[-1]}”?" if claims else question
    same = _SAME_OF.sub("", own)
    if own == question == same and not (_may_lean(question) or _TWO.search(question)):
        return question
    before = history[places[-1]][1]
    if deep:
        before = standalone(before, history[: places[-1]], deep=deep - 1)
    before = before[:_LONGEST_BEFORE]
    if same != own and (other := exchanged(before, same)) and not _PRONOUN.search(same):
        return other
    if own != question:
        return own
    if pair := _pair(question, before, history, places):
        return pair
    if not _may_lean(question):
        return question
    told = last_turns(history)[1][:_LONGEST]
    whole = _put_in(question, before, told) or complete(question, before, told)
    return whole or f"{before} {question}"


def last_turns(history: History) -> tuple[str, str]:
    """The last question and the answer to it; "" for what there is none of, or a refusal."""
    place = max((i for i, (r, t) in enumerate(history) if r == "user" and t.strip()), default=None)
    if place is None:
        return "", ""
    answers = (t for r, t in reversed(history[place:]) if r == "assistant" and t.strip())
    told = next(answers, "")
    return history[place][1], "" if told.startswith(NOT_SAID) else told


def spoken_of(history: History) -> tuple[str, ...]:
    """The last question, standing alone, and the answer to it; nothing where none was asked before.

    >>> spoken_of([("user", "Who built the Korvina?"), ("user", "And the Terne?")])
    ('Who built the Terne?', '')
    """
    places = [i for i, (role, text) in enumerate(history) if role == "user" and text.strip()]
    if not places:
        return ()
    whole = standalone(history[places[-1]][1], history[: places[-1]])
    return whole[:_LONGEST_BEFORE], last_turns(history)[1][:_LONGEST_BEFORE]


def _may_lean(question: str) -> bool:
    return _leans(question) and len(terms(question)) < _SHORT


def _leans(question: str) -> bool:
    """Whether a question needs what came before it to be understood."""
    own = len(terms(question))
    if own < _FEW and not (own and _INTRODUCES.search(question)):
        return True
    if _is_open(question) and not terms(topic_of(question)):
        return True  # "What do critics say?" names nothing
    owner, leans = _OWNER.search(question), _LEANS.search(question)
    # "What did Nvidia say of its chips?" owns what it has; a long question may hold what "it" is
    foreign = owner and not _named(question, owner)
    return bool(foreign or (leans and (own < _SHORT or not _named(question, leans))))


def _goes_on(question: str, said: str) -> bool:
    """Whether a question speaks of what was just spoken of."""
    spoken, topic = set(terms(said)), set(terms(topic_of(question)))
    all_of_it = bool(topic) and topic <= spoken and _is_open(question)
    return all_of_it or len(set(terms(question)) & spoken) >= _SHARED


def _is_open(question: str) -> bool:
    return intent_of(question)[0] is Intent.OPEN


def _named(question: str, place: re.Match[str]) -> bool:
    """Whether a name stands before a place of the question."""
    before = question[: place.start()]
    if question.islower():  # a name is then a word that is no word of questions
        return MASK in masked(before, bundled_model().frame)
    return bool(_NAMED.search(before))


def _counted(question: str, history: History) -> str:
    """The question with an ordinal replaced by what it counts in the last list."""
    ordinal = _ORDINAL.search(question)
    if not ordinal:
        return question
    which = ordinal["which"].lower()
    for items in map(listed, _answers(history)):
        place = {"former": 0, "latter": 1, "last": len(items) - 1}.get(which)
        place = _COUNTED.index(which) if place is None else place
        if len(items) > max(place, 1):
            before = question[: ordinal.start()] + (ordinal["does"] or "")
            return f"{before}{items[place]}{question[ordinal.end() :]}"
    return question


def _pair(question: str, before: str, history: History, places: Sequence[int]) -> str:
    """The question with "the two" replaced by what the last two questions asked about."""
    two = _TWO.search(question)
    if not two or len(places) < 2:
        return ""
    earlier = standalone(history[places[-2]][1], history[: places[-2]], deep=1)
    one, other = things(earlier), things(before)
    if len(one) != 1 or len(other) != 1 or one == other:
        return ""
    return f"{question[: two.start()]}{one[0]} and {other[0]}{question[two.end() :]}"


def _put_in(question: str, before: str, told: str) -> str:
    """The question with its pronoun replaced by the one thing that it can mean; "" for none."""
    pronouns = {match[0].lower() for match in _PRONOUN.finditer(question)}
    person = not pronouns & {"it", "its"}
    if not pronouns or things(question) or (not person and pronouns - {"it", "its"}):
        return ""
    found: list[str] = []
    if person and _WHO.match(before):  # the answer names who it was
        found = [one for one in things(told, first=True) if one not in before][:1]
    found = found or things(before)
    if len(found) != 1:
        return ""
    mark = "’" if found[0].endswith("s") else "’s"

    def put(pronoun: re.Match[str]) -> str:
        rest = question[pronoun.end() :]
        mine = terms(rest) and not _MADE_TO.search(question[: pronoun.start()])
        owns = _OWNS.fullmatch(pronoun[0]) or (pronoun[0].lower() == "her" and mine)
        return found[0] + (mark if owns else "")

    return _PRONOUN.sub(put, question)


def _before_more(history: History) -> str:
    """The last question that did not only ask for more; "" where none is."""
    asked = (text for role, text in reversed(history) if role == "user" and text.strip())
    return next((text for text in asked if terms(text) or not _FURTHER.search(text)), "")


def _answers(history: History) -> Iterator[str]:
    """The last answers, newest first; refusals are none."""
    answers = (text for role, text in reversed(history) if role == "assistant")
    return (text[:5000] for text in islice(answers, _ANSWERS) if not text.startswith(NOT_SAID))


def _claims(history: History) -> Iterator[str]:
    """What the last answers said, claim by claim."""
    for text in _answers(history):
        yield from claims_of(text)
