"""One root for all the forms of a word, the irregular ones too, and which forms are participles.

`rag.words.stem` brings `opened` to `open`, but not `gave` to `give`: for the search that does no
harm, for a check that a claim's words are its source's it rejects what is true. Knows nothing of
sentences.
"""

from __future__ import annotations

from rag.words import stem

_VERBS = """
beat beat beaten|bite bit bitten|become became|begin began begun|blow blew blown|break broke broken
bring brought|build built|burn burnt|buy bought|catch caught|choose chose chosen|come came|cost|cut
deal dealt|dig dug|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten
fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled|fly flew flown
forbid forbade forbidden|forget forgot forgotten|freeze froze frozen|get got gotten
give gave given|go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hit
hold held|hurt|keep kept|know knew known|lead led|leave left|lend lent|let|lose lost
make made|mean meant|meet met|overthrow overthrew overthrown|pay paid|put|quit
ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|seek sought
sell sold|send sent|set|shake shook shaken|shoot shot|shrink shrank shrunk|shut
show showed shown|prove proved proven|bind bound|bend bent|lay laid|light lit|shine shone
creep crept|sweep swept|weep wept|swing swung|learn learnt|leap leapt|spell spelt|spill spilt
arise arose arisen|overcome overcame|overtake overtook overtaken|withhold withheld|bear bore borne
mistake mistook mistaken|foresee foresaw foreseen|breed bred|bleed bled|sow sowed sown
sing sang sung|sink sank sunk|sit sat|sleep slept|slide slid|speak spoke spoken
spend spent|split|spread|stand stood|steal stole stolen|stick stuck|strike struck
swear swore sworn|swim swam swum|take took taken|teach taught|tear tore torn|tell told
think thought|throw threw thrown|understand understood|undergo underwent undergone
undertake undertook undertaken|uphold upheld|wake woke woken|wear wore worn|win won
withdraw withdrew withdrawn|write wrote written
man men|woman women|child children|foot feet|mouse mice
"""
_ROOTS: dict[str, str] = {}
_PARTICIPLES: set[str] = set()
for _line in _VERBS.strip().replace("\n", "|").split("|"):
    _base, *_others = _line.split()
    _ROOTS |= {_other: stem(_base) for _other in _others}
    _PARTICIPLES.add((_others or [_base])[-1])
_PARTICIPLES |= {"become", "come", "run", "shown", "born", "known", "done", "borne"}
_NO_PARTICIPLES = frozenset(
    "need seed speed indeed exceed proceed succeed breed hundred bed".split()
)
_NOUNS = frozenset({"men", "women", "children", "feet", "mice"})
_PARTICIPLES -= _NOUNS


def root(word: str) -> str:
    """The stem of a folded word's base form.

    >>> root("gave"), root("given"), root("giving"), root("founded"), root("found")
    ('give', 'give', 'give', 'found', 'find')
    """
    return _ROOTS.get(word) or stem(word)


def is_past(word: str) -> bool:
    """Whether a folded word can be an irregular verb's past tense ("gave", "sold")."""
    return word in _ROOTS and word not in _NOUNS


def is_participle(word: str) -> bool:
    """Whether a folded word can be a past participle, so that a form of "be" makes it passive.

    >>> is_participle("sold"), is_participle("opened"), is_participle("sells")
    (True, True, False)
    """
    past = word.endswith("ed") and len(word) > 3 and word not in _NO_PARTICIPLES
    return past or word in _PARTICIPLES
