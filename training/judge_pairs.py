"""One scene, some sentences of a passage, to a group of examples: true pairs beside false ones.

Knows nothing of the question sets; see `training.judge_data`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from rag.models.reader import EncoderReader
from rag.schema import Span
from training.contrasts import Contrasts, has
from training.falsify import Falsifier
from training.reword import (
    as_clause,
    as_sentence,
    defined,
    reformatted,
    reordered,
    shorter,
    statements,
    subject_and_predicate,
    synonymous,
    with_capital,
    with_end,
)
from training.scenes import Example, Group, Scene, shared_word
from training.wordnet import WordNet

_SAID = "said,says,stated,wrote,reported,announced,told reporters".split(",")
_HELD = "claimed,argued,believes,thinks,suspects,suggested,warned,alleged,complained".split(",")
_NOT_SAID = (
    "denied,asked whether,doubts,wondered whether,rejected the claim,declined to say whether,"
    "would not confirm,feared".split(",")
)
_SOMEBODY = (
    "the company,officials,the ministry,researchers,the police,a spokesman,the newspaper,critics,"
    "the government,local residents,the agency,analysts,the committee,its owner,a witness".split(
        ","
    )
)
_CONDITIONS = "if,unless,provided that,as long as".split(",")
_DOUBTS = (  # what does not say that it is so
    "It is unclear whether {0}.|Some people think that {0}.|There were fears that {0}.|"
    "It is possible that {0}.|Reports that {0} could not be confirmed.|It is not true that {0}.|"
    "It had been planned that {0}.|Hopes that {0} were disappointed.|It is often said that {0}.|"
    "Nobody knows whether {0}.".split("|")
)
_REMARKS = re.split(
    r"\s*[|\n]\s*",
    """
    This is important because {clause}.|This shows that {clause}.|, which is important for {name}.
    , which helps to improve {name}.|, highlighting the importance of {name}.|, which was a success.
    Overall, {name} had a significant impact.|, making it one of the most important in its field.
    This led to worries over {name}.|The purpose of this was to protect {name}.
    , leading to a loss of trust in {name}.|{name} is known for being influential.
    , causing problems for {name}.|This is due to the fact that {clause}.
    , in order to strengthen {name}.|This has been a major challenge for {name}.
    , although {name} disagreed.|, despite the concerns of {name}.""".strip(),
)
_PRONOUN = re.compile(r"^(He|She|It|They) (?=[a-z])")
_ADDED = (
    "for the first time,again,successfully,in secret,as planned,at great cost,with {0},by {0},"
    "in {0},for {0},against {0},because of {0},instead of {0},according to {0}"
).split(",")
_ENDS = re.compile(
    r"(?:,|\b(?:in|on|at|by|with|for|from|after|because|to|of|during)\b) [^,;.]{6,60}(?=\.$)"
)
_TEXT_SAYS = "According to the text,|The article says that|The text states that".split("|")
_GOES_ON = re.compile(r"^(?:He|She|It|They|His|Her|Its|Their|This|These|That|Those|Such)\b")


class Maker:
    """Makes groups of examples from scenes."""

    def __init__(self, rng: random.Random, reader: EncoderReader) -> None:
        self._rng, self._reader = rng, reader
        self._contrasts = Contrasts(WordNet())
        self._falsifier = Falsifier(self._contrasts)

    def of_sentence(self, scene: Scene) -> Group:
        """Groups of every kind around one supporting sentence."""
        ways: list[tuple[float, Callable[[Scene], Group]]] = [
            (5.0, self._plain),
            (1.0, self._attributed),
            (0.7, self._conditioned),
            (0.5, self._doubted),
            (1.5, self._joined),
            (0.9, self._caused),
            (1.1, self._crossed),
            (2.0, self._named),
        ]
        way = self._rng.choices([way for _, way in ways], [weight for weight, _ in ways])[0]
        return way(scene) or self._plain(scene)

    def of_claim(self, scene: Scene, claim: str, kind: str, changes: int = 2) -> Group:
        """A claim that a scene entails, with its falsified neighbours."""
        rng, premise = self._rng, scene.premise(self._rng)
        found = [Example(premise, self._varied(claim), True, kind)]
        if rng.random() < 0.3:
            found.append(Example(scene.premise(rng), self._varied(claim), True, kind))
        found += self._changed(premise, claim, scene.article, changes)
        dice = rng.random()
        if dice < 0.17 and (lost := scene.without(scene.support, rng)):
            found.append(Example(lost, claim, False, "unsupported"))
        elif dice < 0.36 and (more := self._more(scene, claim)):
            found.append(Example(premise, more, False, "addition"))
        elif dice < 0.43:
            remark = self._remark(scene, claim)
            found.append(Example(premise, remark, False, "remark"))
            if rng.random() < 0.3:
                found.append(Example(f"{premise} {remark}", remark, True, "remark"))
        elif dice < 0.5:
            who = self._somebody(scene.article, premise)
            said = f"{who} {rng.choice(_SAID)} that {as_clause(claim)}"
            if rng.random() < 0.5:
                said = f"According to {who}, {as_clause(claim)}"
            found.append(Example(premise, as_sentence(said), False, "attribution"))
        return tuple(found)

    def unanswered(self, scene: Scene, claim: str) -> Example:
        return Example(scene.premise(self._rng), self._varied(claim), False, "unanswerable")

    def marked(self, question: str, scene: Scene) -> str | None:
        """The words of the support that answer, by the reader, where a set does not say."""
        text = scene.supporting
        whole = Span(0, len(text))
        words = self._reader.read(question, [(scene.title, text, [whole])])[0].words[0]
        found = text[words.start : words.end] if words else ""
        return found if 0 < len(found.split()) < 9 else None

    def stated(self, question: str, answer: str) -> str | None:
        return next(statements(question, answer, self._contrasts, self._rng), None)

    def _changed(
        self, premise: str, claim: str, article: str, count: int, kind: str = ""
    ) -> list[Example]:
        """False pairs, each a change away; half with the changed premise, and true again."""
        rng, found = self._rng, []
        for change in self._falsifier.changes(claim, premise, article, rng):
            kind, exchange = change.kind, change.exchange
            false, other = exchange(claim), exchange(premise)
            if change.sense != "weaker":
                found.append(Example(premise, self._varied(false), False, kind))
            if other != premise and (change.sense == "weaker" or rng.random() < 0.45):
                if change.sense != "stronger":
                    found.append(Example(other, self._varied(claim), False, kind))
                found.append(Example(other, self._varied(false), True, kind))
            count -= 1
            if not count:
                break
        return found

    def _plain(self, scene: Scene) -> Group:
        sentence = scene.supporting
        if self._rng.random() < 0.6 and (said := defined(sentence)):
            return self.of_claim(scene, said, "defined")
        claim = shorter(sentence, self._rng) if self._rng.random() < 0.75 else None
        if self._rng.random() < 0.3:
            claim = reordered(claim or sentence, self._rng) or claim
        return self.of_claim(scene, claim or sentence, "shortened" if claim else "sentence")

    def _attributed(self, scene: Scene) -> Group:
        """What somebody says is not so for that, nor said by somebody else."""
        rng, sentence = self._rng, scene.supporting
        inner = as_clause(shorter(sentence, rng) or sentence)
        who = self._somebody(scene.article, sentence)
        other = self._somebody(scene.article, sentence + who)
        said = rng.choice(rng.choice((_SAID, _HELD, _NOT_SAID)))
        premise = as_sentence(f"{who} {said} that {inner}")
        if said not in _NOT_SAID and rng.random() < 0.5:
            premise = as_sentence(f"{inner.rstrip('.')}, {who} {said}.")
        premise = premise.replace("whether that", "whether")
        rest = scene.without(scene.support, rng) if rng.random() < 0.35 else None
        told = f"{premise} {rest}" if rest else premise
        same = as_sentence(f"{who} {said} that {inner}").replace("whether that", "whether")
        if said not in _NOT_SAID and rng.random() < 0.6:
            ways = (f"According to {who}, {inner}", f"{who} {rng.choice(_SAID)} that {inner}")
            same = as_sentence(rng.choice(ways))
        false = [
            (as_sentence(inner), "hedge"),
            (as_sentence(same.replace(with_capital(who), who).replace(who, other)), "attribution"),
            (as_sentence(f"{who} {self._against(said)} that {inner}"), "attribution"),
        ]
        found = [Example(told, self._varied(same), True, "attributed")]
        for claim, kind in rng.sample(false, 2):
            claim = claim.replace("whether that", "whether")
            found.append(Example(told, self._varied(claim), False, kind))
        if rng.random() < 0.5:
            found.append(
                Example(scene.premise(rng), self._varied(as_sentence(inner)), True, "plain")
            )
        return tuple(found) + tuple(self._changed(told, same, scene.article, 1))

    def _against(self, said: str) -> str:
        return self._rng.choice(_SAID if said in _NOT_SAID else _NOT_SAID)

    def _conditioned(self, scene: Scene) -> Group:
        """What holds under a condition does not hold without it."""
        rng, sentence = self._rng, scene.supporting
        claim = shorter(sentence, rng) or sentence
        other = self._clause(scene)
        if not other or _GOES_ON.match(claim):
            return ()
        word, bare = rng.choice(_CONDITIONS), claim.rstrip(".")
        premise = f"{bare} {word} {other}."
        turned = as_sentence(f"{word} {other}, {as_clause(claim)}")
        same = rng.choice((premise, turned))
        wrong = "unless" if word != "unless" else "if"
        return (
            Example(premise, self._varied(same), True, "condition"),
            Example(premise, self._varied(claim), False, "hedge"),
            Example(scene.premise(rng), self._varied(claim), True, "plain"),
            Example(premise, f"{bare} {wrong} {other}.", False, "hedge"),
        )

    def _doubted(self, scene: Scene) -> Group:
        rng, sentence = self._rng, scene.supporting
        claim = shorter(sentence, rng) or sentence
        form, other = rng.sample(_DOUBTS, 2)
        premise = form.format(as_clause(claim).rstrip("."))
        return (
            Example(premise, self._varied(premise), True, "doubt"),
            Example(premise, self._varied(claim), False, "hedge"),
            Example(scene.premise(rng), self._varied(claim), True, "plain"),
            Example(scene.premise(rng), premise, False, "hedge")
            if rng.random() < 0.5
            else Example(premise, other.format(as_clause(claim).rstrip(".")), False, "hedge"),
        )

    def _joined(self, scene: Scene) -> Group:
        """Two sentences as one; each of them alone does not entail it."""
        rng, first = self._rng, scene.support[0]
        others = [i for i in range(len(scene.sentences)) if i != first]
        near = [i for i in others if abs(i - first) == 1]
        if not others:
            return ()
        second = rng.choice(near if near and rng.random() < 0.6 else others)
        both = tuple(sorted((first, second)))
        joint = Scene(scene.title, scene.sentences, both, scene.article)
        one, other = (self._short(scene.sentences[i]) for i in both)
        if rng.random() < 0.25 and not _GOES_ON.match(other):
            one, other = other, one
        ways = ["{0}, and {1}", "{0}, while {1}", "{0}; {1}", "{0} and {1}"]
        if not _GOES_ON.match(other):
            ways += ["While {2}, {1}", "{0}, whereas {1}"]
        bare = one.rstrip(".")
        claim = rng.choice(ways).format(bare, as_clause(other), as_clause(bare))
        if len(claim.split()) > 50:
            return ()
        halves = [Example(scene.sentences[i], claim, False, "half") for i in both]
        lost = joint.without([rng.choice(both)], rng)
        found = [Example(joint.premise(rng), self._varied(claim), True, "joint")]
        found += rng.sample(halves, 1)
        if lost and rng.random() < 0.5:
            found.append(Example(lost, claim, False, "half"))
        return (*found, *self._changed(joint.supporting, claim, scene.article, 1))

    def _caused(self, scene: Scene) -> Group:
        """A cause holds only where it is said."""
        rng, claim, other = self._rng, self._short(scene.supporting), self._clause(scene)
        if not other or _GOES_ON.match(claim):
            return ()
        bare = claim.rstrip(".")
        word = rng.choice(("because", "because", "after", "so that", "in order that"))
        linked = f"{bare} {word} {other}."
        apart = f"{bare}. {as_sentence(other)}."
        if rng.random() < 0.3:
            apart = f"{as_sentence(other)}. {bare}."
        ways = [linked, f"{bare}, which is why {other}.", f"As a result of this, {other}."]
        ways += [f"{bare}, and as a result {other}."]
        found = [
            Example(apart, self._varied(rng.choice(ways)), False, "cause"),
            Example(apart, self._varied(f"{bare}, and {other}."), True, "joint"),
            Example(linked, self._varied(linked), True, "cause"),
        ]
        if word == "because":
            found.append(Example(linked, self._varied(claim), True, "cause"))
            turned = f"{as_sentence(other)} because {as_clause(claim)}"
            found.append(Example(linked, turned, False, "cause"))
        return tuple(rng.sample(found, 4) if len(found) > 4 else found)

    def _crossed(self, scene: Scene) -> Group:
        """The subject of one sentence with the predicate of another."""
        rng, at = self._rng, scene.support[0]
        one = subject_and_predicate(self._short(scene.sentences[at]))
        for other in rng.sample(range(len(scene.sentences)), len(scene.sentences)):
            two = subject_and_predicate(self._short(scene.sentences[other]))
            if other == at or not one or not two or one[0] == two[0]:
                continue
            if _GOES_ON.match(one[0]) or _GOES_ON.match(two[0]):
                continue
            claim, right = f"{one[0]} {two[1]}.", f"{two[0]} {two[1]}."
            premise = " ".join(scene.sentences[i] for i in sorted((at, other)))
            return (
                Example(premise, self._varied(claim), False, "crossed"),
                Example(premise, self._varied(right), True, "shortened"),
                *self._changed(premise, right, scene.article, 1),
            )
        return ()

    def _named(self, scene: Scene) -> Group:
        """What a pronoun stands for, where the sentence before has it, or the title."""
        rng, at = self._rng, scene.support[0]
        if at + 1 >= len(scene.sentences):
            return ()
        one, after = scene.sentences[at], scene.sentences[at + 1]
        pronoun = _PRONOUN.match(after)
        subject = subject_and_predicate(one)
        if not pronoun or not subject or not self._contrasts.names(subject[0]):
            return ()
        title = scene.title.partition(":")[0]
        if pronoun[1] == "It" and not shared_word(subject[0], title):
            return ()
        name = re.sub(r"\s*\(.*", "", title if shared_word(subject[0], title) else subject[0])
        rest = (shorter(after, rng) if rng.random() < 0.5 else None) or after
        if not rest.startswith(f"{pronoun[1]} "):
            rest = after
        claim = f"{name} {rest[len(pronoun[1]) + 1 :]}"
        premise = f"{one} {after}"
        found = [Example(premise, self._varied(claim), True, "pronoun")]
        others = [n for n in self._contrasts.names(scene.article) if not shared_word(n, premise)]
        if others:
            wrong = f"{rng.choice(others)} {rest[len(pronoun[1]) + 1 :]}"
            found.append(Example(premise, wrong, False, "pronoun"))
        if name == title:
            found.append(Example(f"{title}. {after}", self._varied(claim), True, "pronoun"))
        else:
            found.append(Example(after, claim, False, "pronoun"))
        return (*found, *self._changed(premise, claim, scene.article, 1))

    def _more(self, scene: Scene, claim: str) -> str | None:
        """The claim with something from elsewhere added."""
        rng = self._rng
        if rng.random() < 0.4:
            names = [n for n in self._contrasts.names(scene.article) if not has(claim, n)]
            end = rng.choice(_ADDED).format(rng.choice(names) if names else "the government")
            return None if has(scene.supporting, end) else with_end(claim, end)
        lines = [s for s in re.split(r"(?<=[.!?])\s+", scene.article) if s not in scene.sentences]
        if not lines:
            return None
        line = rng.choice(lines)
        ends = _ENDS.findall(line)
        if ends and rng.random() < 0.6:
            end = rng.choice(ends)
            return None if has(scene.supporting, end.strip(" ,")) else with_end(claim, end)
        parts = subject_and_predicate(line)
        return f"{claim.rstrip('.')} and {parts[1]}." if parts and len(parts[1]) < 90 else None

    def _remark(self, scene: Scene, claim: str) -> str:
        """What models like to add of their own: why it matters, what it shows."""
        rng = self._rng
        names = self._contrasts.names(scene.supporting) or self._contrasts.names(scene.article)
        name = rng.choice(names) if names else "the region"
        clause = self._clause(scene) or as_clause(claim).rstrip(".")
        remark = rng.choice(_REMARKS).format(name=name, clause=clause)
        if remark[0] == ",":
            return f"{claim.rstrip('.')}{remark}"
        return remark

    def _clause(self, scene: Scene) -> str | None:
        """Another sentence of the passage, short, as a clause."""
        own = [scene.sentences[i] for i in range(len(scene.sentences)) if i not in scene.support]
        for sentence in self._rng.sample(own, len(own)):
            clause = as_clause(self._short(sentence)).rstrip(".")
            if 3 < len(clause.split()) < 18:
                return clause
        return None

    def _short(self, sentence: str) -> str:
        return (shorter(sentence, self._rng) if self._rng.random() < 0.7 else None) or sentence

    def _varied(self, claim: str) -> str:
        """Sometimes with figures written another way or a synonym, true or not."""
        dice = self._rng.random()
        if dice < 0.3:
            return reformatted(claim, self._rng)
        if dice < 0.5:
            claim = synonymous(claim, self._contrasts, self._rng) or claim
            again = synonymous(claim, self._contrasts, self._rng) if dice < 0.4 else None
            return again or claim
        if dice < 0.54:
            return claim.rstrip(".")
        if dice < 0.57:
            return f"{self._rng.choice(_TEXT_SAYS)} {as_clause(claim)}"
        return claim

    def _somebody(self, article: str, but: str) -> str:
        names = [n for n in self._contrasts.names(article) if n not in but]
        if names and self._rng.random() < 0.5:
            return self._rng.choice(names)
        return self._rng.choice([who for who in _SOMEBODY if who not in but])
