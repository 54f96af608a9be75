"""Words as the search and the checks see them: lowercased, accents folded, stemmed.

One analyser serves the lexical index, the evidence features and the verification, so that they
agree on what the same word is. Only the index and its queries know the language of a text; all else
stems Latin letters as English, and others by their script. Where words are written without blanks
between them, each two neighbouring characters are a word, and each Chinese character too.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import Stemmer

from rag.languages import COMMON, ENGLISH, FOREIGN, LATIN, SCRIPTS, STEMMERS

# Raised by one when any text would have other terms than before: word indexes are then built again.
ANALYSIS = 4

# vowels that are written as marks belong to the word, in scripts from Devanagari to Balinese
_MARKS = "".join(c for c in map(chr, range(0x900, 0x1B80)) if unicodedata.category(c)[0] == "M")
_HAN = "々〆\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_KANA, _HANGUL = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff", "\uac00-\ud7a3"
_THAI_LAO, _BURMESE = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece", "\u1000-\u103f\u1050-\u109f"
_UNSPACED = f"{_HAN}{_KANA}{_HANGUL}{_THAI_LAO}{_BURMESE}\u1780-\u17d3"  # and Khmer
_WORD = rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*"
_NUMBER = r"\d+(?:[.,]\d+)+"
_TOKEN = re.compile(rf"{_NUMBER}|{_WORD}(?:['’][^\W\d_{_UNSPACED}]+)*")
_APART = re.compile(rf"{_NUMBER}|{_WORD}")
_IS_HAN, _IS_UNSPACED = re.compile(f"[{_HAN}]"), re.compile(f"[{_UNSPACED}]")
_VOICED = "\u3099\u309a"  # marks that make another letter of a Japanese one
UNSEEN = "\u00ad\u200b\u2060\ufeff"  # no letter, and no end of a word
_LAST_LATIN = "\u024f"
_STATES = re.compile(r"\bU\.?S\.?(?:A\b\.?|(?<=\.)|\b)(?!\w)")  # the country, not the word "us"
_local = threading.local()
# letters that a pattern without case takes for s and i, and that lower() leaves; one for one
OLD_LETTERS = {ord("ſ"): "s", ord("ı"): "i", ord("İ"): "I"}

MONTHS = (
    "january february march april may june july august september october november december".split()
)
WHETHER = frozenset(  # words that begin a question for yes or no
    "is are was were do does did has have had can could will would should may might must".split()
)
STOP = FOREIGN.union(
    """a an the and or but nor so if then than that this these those there here it its it's is are
    was were be been being am do does did doing done have has had having will would shall should
    can could may might must of in on at by for from to with without into onto over under about
    as up down out off again not no he she they them his her their theirs him we us our ours you
    your yours i me my mine who whom whose which what when where why how also just only very too
    such some any all each both more most other own same s t d ll re ve m please tell
    """.split()
)


def tokens(text: str) -> list[str]:
    """The words of a text in order, folded but not stemmed.

    >>> tokens("Nvidia’s A100 cost $1,500 in São Paulo")
    ['nvidia', 'a100', 'cost', '1,500', 'in', 'sao', 'paulo']
    >>> tokens("The U.S. told us"), tokens("US tells us")
    (['the', 'usa', 'told', 'us'], ['usa', 'tells', 'us'])
    """
    found = []
    for match in _TOKEN.finditer(_fold(_STATES.sub("USA", text))):
        word = match[0].replace("’", "'")
        if word.isascii():
            found.append(word[:-2] if word.endswith("'s") else word)
        else:
            found.extend(_pieces(word.removesuffix("'s")))
    return found


def terms(text: str, language: str = ENGLISH) -> list[str]:
    """The stems of a text's words in order, common words left out.

    >>> terms("Which companies are avoiding the chips?")
    ['compani', 'avoid', 'chip']
    >>> terms("Welche Brücken wurden gebaut?", "de"), terms("谁建了桥", "zh")
    (['bruck', 'gebaut'], ['谁建', '建', '建了', '了桥', '桥'])
    """
    if language not in LATIN:
        return [stem(word) for word in tokens(text) if word not in STOP]
    return [term for word in _words(text) if (term := _analysed(word, language))]


def asked_terms(question: str, languages: Sequence[str]) -> list[str]:
    """The terms of a question in each of the languages that its answer may be written in.

    What is a common word in the language that the question seems to be of is left out of all.

    >>> asked_terms("Wer baute die Brücken?", ["en", "de"])
    ['baut', 'bruck', 'baut', 'brucken']
    """
    codes = list(dict.fromkeys(code if code in LATIN else ENGLISH for code in languages))
    if codes in ([], [ENGLISH]):
        return terms(question)
    folded = [_fold(word) for word in _words(question)]
    common = {code: COMMON.get(code, STOP if code == ENGLISH else frozenset()) for code in codes}
    held = {code: sum(word in common[code] for word in folded) for code in codes}
    most = max(held.values())
    left_out = {word for code in codes if held[code] == most for word in common[code]}
    rest = " ".join(word for word in _words(question) if _fold(word) not in left_out)
    return [term for code in sorted(codes, key=lambda c: -held[c]) for term in terms(rest, code)]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The Snowball stem of a folded word (https://snowballstem.org): English, or by its script."""
    for first, last, algorithm in SCRIPTS if not word.isascii() else ():
        if first <= word[:1] <= last:
            return _stemmed(word, algorithm)
    return _stemmed(word, "english")


@lru_cache(maxsize=200_000)
def _analysed(word: str, language: str) -> str:
    """The folded stem of a word of a language in Latin letters; "" for a common one.

    It is stemmed before its accents go, because endings have them.
    """
    folded = _fold(word)
    if folded in COMMON.get(language, ()):
        return ""
    if folded[:1] > _LAST_LATIN:
        return stem(folded)
    return _fold(_stemmed(word, STEMMERS[language])) if language in STEMMERS else folded


def _stemmed(word: str, algorithm: str) -> str:
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__
    if algorithm not in stemmers:
        stemmers[algorithm] = Stemmer.Stemmer(algorithm)
    return str(stemmers[algorithm].stemWord(word)) or word


def _words(text: str) -> Iterator[str]:
    """A text's words in small letters, with their accents, split at apostrophes."""
    whole = unicodedata.normalize("NFKC", _STATES.sub("USA", text)).lower()
    for match in _APART.finditer(whole):
        yield from [match[0]] if match[0].isascii() else _pieces(match[0])


def _pieces(word: str) -> Iterator[str]:
    """A word; where it is written without blanks, its Chinese characters and each two of all."""
    if len(word) == 1 or not _IS_UNSPACED.match(word):
        yield word
        return
    for at, letter in enumerate(word):
        if _IS_HAN.match(letter):
            yield letter
        if at + 1 < len(word):
            yield word[at : at + 2]


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    decomposed = decomposed.replace("и\u0306", "й").replace("И\u0306", "Й")  # letters of their own
    kept = (c for c in decomposed if c in _VOICED or not (c in UNSEEN or unicodedata.combining(c)))
    return unicodedata.normalize("NFC", "".join(kept)).lower()
