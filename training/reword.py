"""Other wordings of a sentence that say no more than it does: shorter, reordered, reformatted.

Also a question and its answer as one statement. What a cut would turn round ("if", "only", "said")
is left alone. English by simple patterns: they only make training examples, so what they miss
costs nothing, and what they get wrong now and then is noise.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from rag.words import STOP
from training.contrasts import Contrasts, Exchange, inflected
from training.falsify import MONTHS, SMALL

_MATTERS = re.compile(
    r"\b(?:if|unless|except|only|not|no|never|without|provided|until|said|says|according|claim\w*"
    r"|accus\w+|alleg\w+|report\w*|deni\w+|deny|argu\w+|believ\w+|suggest\w*|whether|but|rather"
    r"|instead|than|as|or|would|could|(?-i:may)|might|hypothe\w+|suppos\w+|in order|to be)\b",
    re.I,
)
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_APPOSITION = re.compile(
    r", (?:an?|the|one|who|which|whose|where|then|also|later|formerly|now|\w+ed|\w+ing)\b"
    r"[^,;]{3,80},(?= )"
)
_LEADING = re.compile(
    r"^(?:In|On|At|By|During|After|Before|Since|From|Under|Throughout|Over|For|With|Today|Later"
    r"|However|Moreover|Furthermore|Meanwhile|Additionally|Also|Then|Finally|Eventually"
    r"|Although|While|When|As|Because)\b[^,;]{0,70}, (?=[A-Za-z0-9])"
)
_ADVERBIAL = re.compile(r"^((?:In|On|At|By|During|After|Before|Since) [^,;]{3,40}), (?=[A-Za-z])")
_LAST = re.compile(
    r"^([^;]{20,}),? ((?:against|in|on|at|after|before|despite|because of|with|during|by|since|when"
    r"|while|although|following) [^,;]{6,60})\.$"
)
_TRAILING = re.compile(
    r"(?:, (?:which|who|where|while|whereas|although|though|with|including|such as|and|followed"
    r"|making|leading|causing|because|since|\w+ing)\b|; | because | while | although | in order to "
    r"| so that | after | before | during | despite | when ).*$"
)
_AND = re.compile(r",? and (?=(?:the|a|an|it|he|she|they|its|his|their|[A-Z]\w+)\b)")
_AND_VERB = re.compile(r",? and (?=(?:was|were|is|are|has|had|have|became|[a-z]{3,}ed)\b)")
_FINITE = re.compile(
    r"\b(?:was|were|is|are|has|had|have|did|does|do|will|would|can|could|may|might|must|should"
    r"|became|began|won|led|took|made|gave|held|said|wrote|went|came|found|left|lost|met|built"
    r"|includes?|contains?|remains?|says?|means?|allows?|uses?|(?<=\w )[a-z]{3,}ed)\b"
)
_THOUSANDS = re.compile(r"(?<![\d,.])(\d{1,3}),000(?![\d,.])")
_MILLIONS = re.compile(r"(?<![\d,.])(\d{1,3}(?:\.\d)?) million\b")
_DAY = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)})\b,?(?: (\d{{4}}))?")
_DAY_AFTER = re.compile(rf"\b({'|'.join(MONTHS)}) (\d{{1,2}})\b(?:,? (\d{{4}}))?")
_WHOLE_DATE = re.compile(
    rf"\b[Oo]n (?:\d{{1,2}} (?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})"
    rf"|(?P<first>{'|'.join(MONTHS)}) \d{{1,2}}, (?P<later>\d{{4}}))"
)
_SHORT_NAME = re.compile(r"\b([A-Z]\w+(?: (?:of|for|the|and|[A-Z]\w+)){1,5}) \(([A-Z]{2,6})\)")
_DEFINES = re.compile(
    r"^((?:The )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,3}), ((?:an?|the|one of|part of) [^,;]{5,60}), "
)
_BY = re.compile(
    r"^(?P<what>(?:The |An? )?[\w’' -]{3,60}?) (?P<be>was|were|is|are) (?P<verb>[a-z]+ed|built|made"
    r"|led|held|won|written|given|taken|found|known) by (?P<who>[^,;.]{3,60})(?P<rest>[,;].*)?\.$"
)


def subject_and_predicate(sentence: str) -> tuple[str, str] | None:
    """The sentence parted before its first finite verb, without its point."""
    match = _FINITE.search(sentence)
    if not match:
        return None
    subject, predicate = sentence[: match.start()].strip(), sentence[match.start() :].rstrip(".")
    long = len(subject.split()) > 8 or len(predicate.split()) < 3
    return None if not subject or "," in subject or long else (subject, predicate)


def shorter(sentence: str, rng: random.Random) -> str | None:
    """The sentence with one to three parts left out, where its truth does not hang on them."""
    text, left = sentence, rng.choice((1, 1, 2, 3))
    for cut in rng.sample((_brackets, _apposition, _lead, _trail, _first_part, _last_part), 6):
        other = cut(text, rng)
        left -= other is not None and other != text
        text = other or text
        if not left:
            break
    text = text[:1].upper() + text[1:]
    whole = len(text.split()) >= 4 and _FINITE.search(text)
    return text if text != sentence and whole else None


def _brackets(text: str, rng: random.Random) -> str | None:
    return _BRACKETS.sub("", text)


def _apposition(text: str, rng: random.Random) -> str | None:
    match = _APPOSITION.search(text)
    if not match or _MATTERS.search(match[0]) or re.search(r"\b(?:and|or)\b", match[0]):
        return None
    return text[: match.start()] + text[match.end() :]


def _lead(text: str, rng: random.Random) -> str | None:
    match = _LEADING.match(text)
    return text[match.end() :] if match and not _MATTERS.search(match[0]) else None


def _trail(text: str, rng: random.Random) -> str | None:
    """Without what follows, unless it takes something back."""
    places = [m.start() for m in re.finditer(r"[,; ]", text)]
    cuts = [m for p in places if (m := _TRAILING.match(text, p)) and not _MATTERS.search(m[0])]
    return f"{text[: rng.choice(cuts).start()]}." if cuts else None


def _first_part(text: str, rng: random.Random) -> str | None:
    match = (_AND_VERB if rng.random() < 0.5 else _AND).search(text)
    if not match or _MATTERS.search(text[match.end() :]) or not _FINITE.search(text[match.end() :]):
        return None
    return f"{text[: match.start()]}." if _FINITE.search(text[: match.start()]) else None


def _last_part(text: str, rng: random.Random) -> str | None:
    """The second of two clauses, with the first one's subject where it has none."""
    parts = subject_and_predicate(text)
    if _MATTERS.search(text) or text.count(" and ") != 1 or not parts:
        return None
    if match := _AND_VERB.search(text):
        return f"{parts[0]} {text[match.end() :]}"
    match = _AND.search(text)
    second = text[match.end() :] if match else ""
    if second.split(" ")[0] in ("it", "he", "she", "they", "its", "his", "their"):
        return None
    return second if subject_and_predicate(second) and "," not in second else None


def reordered(sentence: str, rng: random.Random) -> str | None:
    """What leads up to a sentence put at its end, or the other way; or a passive made active."""
    if match := _BY.match(sentence):
        verb = match["verb"]
        if verb.endswith("ed") or verb in ("built", "made", "led", "held", "won", "found"):
            rest = match["rest"] or ""
            what = match["what"][0].lower() + match["what"][1:]
            who = match["who"][0].upper() + match["who"][1:]
            if match["be"] in ("was", "were") and not re.search(r"\b(?:in|on|at|for)\b", who):
                return f"{who} {verb} {what}{rest}."
    match2 = _ADVERBIAL.match(sentence)
    if match2 and sentence.endswith(".") and not _MATTERS.search(match2[0]):
        rest = sentence[match2.end() :].rstrip(".")
        lead = match2[1][0].lower() + match2[1][1:]
        return f"{rest[0].upper()}{rest[1:]} {lead}."
    last = _LAST.match(sentence)
    if last and "," not in last[2] and not _MATTERS.search(last[2]):
        rest = f"the {last[1][4:]}" if last[1].startswith("The ") else last[1]
        return f"{last[2][0].upper()}{last[2][1:]}, {rest}."
    return None


def reformatted(text: str, rng: random.Random) -> str:
    """Numbers, dates, shares and sums written another way."""
    ways = (
        lambda t: _THOUSANDS.sub(r"\1 thousand", t) if rng.random() < 0.4 else t,
        lambda t: _MILLIONS.sub(_spelt_million, t),
        lambda t: re.sub(r" percent\b| per cent\b", "%", t),
        lambda t: re.sub(r"(?<=\d)%", " percent", t),
        lambda t: re.sub(
            r"\$(\d[\d.,]*\d|\d)(?![\d.,]*m\b)( (?:million|billion))?", r"\1\2 dollars", t
        ),
        lambda t: re.sub(r"(\d[\d.,]*\d|\d)( (?:million|billion))? dollars", r"$\1\2", t),
        lambda t: _DAY.sub(_month_first, t) if _DAY.search(t) else _DAY_AFTER.sub(_day_first, t),
        lambda t: _spelt(t, rng),
        lambda t: re.sub(r"\b(was|were|is|did|does|has|would|could)n['’]t\b", r"\1 not", t),
        lambda t: t.replace("United States", "US").replace("United Kingdom", "UK"),
        lambda t: _SHORT_NAME.sub(rng.choice((r"\1", r"\2")), t),
        lambda t: re.sub(r"(?<=[$€£]\d)([\d.]*) million\b", r"\1m", t),
        lambda t: _WHOLE_DATE.sub(_vaguer, t) if rng.random() < 0.4 else t,
    )
    for way in rng.sample(ways, 8):
        text = way(text)
    return text


def defined(sentence: str) -> str | None:
    """What a name's apposition says of it, as a sentence."""
    match = _DEFINES.match(sentence)
    if not match or _MATTERS.search(match[2]):
        return None
    return f"{match[1]} {'was' if re.search(' (was|were|had) ', sentence) else 'is'} {match[2]}."


def _vaguer(match: re.Match[str]) -> str:
    year = match["year"] or match["later"]
    return f"in {match['month'] or match['first']} {year}"


def _spelt_million(match: re.Match[str]) -> str:
    return f"{round(float(match[1]) * 1_000_000):,}"


def _month_first(match: re.Match[str]) -> str:
    return f"{match[2]} {match[1]}" + (f", {match[3]}" if match[3] else "")


def _day_first(match: re.Match[str]) -> str:
    return f"{match[2]} {match[1]}" + (f" {match[3]}" if match[3] else "")


def _spelt(text: str, rng: random.Random) -> str:
    """Small numbers as words, or as figures."""
    for value, word in enumerate(SMALL, 2):
        if rng.random() < 0.5:
            text = re.sub(rf"\b{word}\b", str(value), text)
        elif len(MONTHS) and not re.search(rf"(?:{'|'.join(MONTHS)}) {value}\b", text):
            text = re.sub(rf"(?<![\w.,$€£-]){value}(?= [a-z]{{3,}})", word, text)
    return text


def synonymous(text: str, contrasts: Contrasts, rng: random.Random) -> str | None:
    """One word exchanged for another that means the same."""
    words = [w for w in re.findall(r"(?<![\w’'-])[a-z]{4,}(?![\w’'-])", text) if w not in STOP]
    for word in rng.sample(words, len(words)):
        base = contrasts.base(word)
        parts = contrasts.wordnet.parts(base)
        if len(parts) == 1:
            same = [w for w in contrasts.wordnet.synonyms(base, *parts) if len(w) > 2]
            if same:
                return Exchange(word, inflected(word, base, rng.choice(same)))(text)
    return None


# questions

_SUBJECT = re.compile(
    r"^(?:who|what|which(?: [\w’'-]+){1,4}?|what(?: [\w’'-]+){1,4}?|how many(?: [\w’'-]+){1,3}?)"
    r" (?P<rest>(?:was|were|is|are|has|had|have|can|could|will|would|may|became|led|won|made|wrote"
    r"|took|gave|held|built|founded|caused|includes?|[a-z]+ed)\b.+)$",
    re.I,
)
_DID = re.compile(
    r"^(?P<lead>(?:in|on|at|to|from|for|by|with|of|during|under) )?(?P<wh>who|whom|what|which|when"
    r"|where|why|how many|how much|how long|how|in what|in which)\b(?P<noun>(?: [\w’'-]+){0,4}?)"
    r" (?P<aux>did|does|do) (?P<subject>.+)$",
    re.I,
)
_BE = re.compile(
    r"^(?P<lead>(?:in|on|at|to|from|for|by|with|of|during|under) )?(?P<wh>what|which|when|where|why"
    r"|how)\b(?P<noun>(?: [\w’'-]+){0,3}?) (?P<aux>was|were|is|are|has|had|have|can|could|will"
    r"|would) (?P<subject>.+)$",
    re.I,
)


def statements(
    question: str, answer: str, contrasts: Contrasts, rng: random.Random
) -> Iterator[str]:
    """The question and its answer as one statement, most readable first; rough ones too."""
    asked = re.sub(r"[\s?.]+$", "", question.strip())
    answer = answer.strip().rstrip(".")
    found: list[str] = []
    if (match := _DID.match(asked)) and (said := _did(match, answer, contrasts)):
        found.append(said)
    elif (match := _BE.match(asked)) and match["wh"].lower() in ("when", "where", "why", "how"):
        if said := _being(match, answer, contrasts):
            found.append(said)
    elif match := _SUBJECT.match(asked):
        found.append(f"{answer} {match['rest']}")
    for said in found:
        yield f"{said[0].upper()}{said[1:]}.".replace("  ", " ")
    if rng.random() < (0.1 if found else 0.2):
        rough = asked[0].lower() + asked[1:]
        yield f"The answer to the question {rough} is {answer}."


def _did(match: re.Match[str], answer: str, contrasts: Contrasts) -> str | None:
    words = match["subject"].split()
    at = next(
        (
            i
            for i, w in enumerate(words)
            if i and w.islower() and "verb" in contrasts.wordnet.parts(w)
            and words[i - 1].lower() not in ("the", "a", "an", "of", "his", "her", "its", "their")
        ),
        None,
    )  # fmt: skip
    if at is None:
        return None
    verb, rest = words[at], " ".join(words[at + 1 :])
    aux = match["aux"].lower()
    verb = {"did": f"did {verb}", "does": f"does {verb}", "do": verb}[aux]
    if aux == "did" and words[at][-1] in "tndklrh" and words[at] in _REGULAR:
        verb = words[at] + "ed"
    subject = " ".join(words[:at])
    wh, noun = match["wh"].lower(), match["noun"]
    what = f"{answer}{noun}" if wh in ("how many", "how much") and noun else answer
    lead = match["lead"] or ""
    if wh in ("when", "where", "why", "how", "how long") or lead:
        return f"{subject} {verb} {rest} {_placed(wh, lead, what)}"
    if re.search(r"\b(?:in|on|at|to|from|for|by|with|of|as|about|into)$", f"{verb} {rest}"):
        return f"{subject} {verb} {rest} {what}"
    return f"{subject} {verb} {what} {rest}".strip()


_REGULAR = frozenset(
    "start want land establish publish defeat attend accept reject suggest support visit found "
    "conquer enter offer return remain launch reach adopt appoint elect construct design".split()
)


def _being(match: re.Match[str], answer: str, contrasts: Contrasts) -> str | None:
    words = match["subject"].split()
    at = next(
        (
            i
            for i, w in enumerate(words)
            if i and re.fullmatch(r"[a-z]+(?:ed|en|ing)|built|made|born|held|found|known|used|able"
                                  r"|in|on|at|from|called|named|set|won|sold|to", w)
        ),
        len(words) if match["wh"].lower() in ("where", "when") else None,
    )  # fmt: skip
    if at is None:
        return None
    subject, rest = " ".join(words[:at]), " ".join(words[at:])
    placed = _placed(match["wh"].lower(), match["lead"] or "", answer)
    return f"{subject} {match['aux']} {rest} {placed}".replace("  ", " ")


def _placed(wh: str, lead: str, answer: str) -> str:
    """The answer as it stands after a verb: "in 1932", "because it was old"."""
    first = answer.split(" ")[0].lower()
    if first in ("in", "on", "at", "by", "because", "to", "from", "during", "after", "before"):
        return answer
    if lead:
        return f"{lead.lower()}{answer}"
    if wh == "when":
        day = re.search(r"\d{1,2} [A-Z]|[A-Z]\w+ \d{1,2}\b", answer)
        return f"{'on' if day else 'in'} {answer}"
    if wh == "where":
        return f"in {answer}"
    return f"because {answer}" if wh == "why" and _FINITE.search(answer) else answer


def as_clause(sentence: str) -> str:
    """The sentence as it stands inside another: its first word small unless it is a name."""
    first, _, rest = sentence.partition(" ")
    small = first.lower() in STOP or first in ("The", "A", "An", "In", "This", "It", "He", "She")
    return f"{first.lower()} {rest}" if small else sentence


def as_sentence(text: str) -> str:
    """A sentence of it: a capital and an end."""
    return with_capital(text if text.endswith((".", "!")) else f"{text}.")


def with_capital(text: str) -> str:
    """With a capital."""
    return text[:1].upper() + text[1:]


def with_end(claim: str, end: str) -> str:
    """A claim with something after it."""
    bare = claim.rstrip(".")
    return f"{bare}{end}." if end.startswith(",") else f"{bare} {end}."
