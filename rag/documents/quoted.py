"""What a mail says itself, without the earlier mails that it quotes.

Knows plain text and markup as mail programs write them. What is forwarded is not quoted: it is what
the mail is sent for.
"""

from __future__ import annotations

import re

LEFT_OUT = "[…]"  # stands where an earlier mail is left out
_QUOTED = re.compile(r"^\s{0,3}(?:>|\|(?=\s?>))")
_WROTE = re.compile(
    r"\b(?:wrote|writes|said|schrieb|schreef|skrev|kirjoitti|escribió|escreveu|ha scritto|a écrit"
    r"|napisał|napsal|написал|пише|写道|寫道|のメール)\b.{0,80}[:：]\s*$|^\s*(?:on|am|le|el|il|op|den)\b"
    r".{0,200}[:：]\s*$|(?:写道|寫道)\s*[:：]\s*$",
    re.I,
)
_BELOW = re.compile(
    r"^\s*(?:-{2,}|_{2,}|\*{2,})?\s*(?:original(?: message|nachricht)?|ursprüngliche nachricht"
    r"|message d['’]origine|mensaje original|messaggio originale|oorspronkelijk bericht"
    r"|originalmeddelande|opprinnelig melding|oprindelig meddelelse|mensagem original)\s*-{2,}\s*$",
    re.I,
)
_FROM = re.compile(r"^\s*\*?(?:from|von|de|da|van|fra|från|od|от|lähettäjä)\*?\s*:\*?\s*\S", re.I)
_HEADER = re.compile(
    r"^\s*\*?(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|fecha|para"
    r"|asunto|inviato|a|oggetto|verzonden|aan|onderwerp|sendt|skickat|till|til|emne|ämne)\*?\s*:",
    re.I,
)
_FORWARDED = re.compile(
    r"forward|weitergeleitet|transféré|reenviado|inoltrat|doorgestuurd|vidare", re.I
)
_PASSED_ON = re.compile(r"^\s*(?:fwd?|wg|tr|rv|enc|i|vs|vb|doorst)\s*:", re.I)
_MARKUP = re.compile(
    r"<(?:div|blockquote|span|hr)\b[^>]{0,500}?(?:gmail_quote|gmail_attr|yahoo_quoted|divrplyfwdmsg"
    r"|protonmail_quote|moz-cite-prefix|appendonsend|type=[\"']?cite|olk_src_body_section)[^>]{0,500}>"
    r"|<b[^>]{0,99}>\s*(?:<[^>]{0,99}>)?(?:From|Von|De|Da|Van|Fra|Från)\s*:",
    re.I,
)
_ATTRIBUTION = 3  # lines that tell who wrote what is quoted, at most
_GAP = 20  # blank lines below them, at most


def is_forward(subject: str) -> bool:
    """Whether a mail passes another one on.

    >>> is_forward("Fwd: Ferries"), is_forward("Re: Ferries")
    (True, False)
    """
    return bool(_PASSED_ON.match(subject))


def own_words(text: str, *, answers: bool) -> str:
    r"""A mail's plain text with `LEFT_OUT` for what it quotes.

    Args:
        text: The text.
        answers: Whether the mail answers another one, as its headers tell.

    >>> own_words("It is on 16 May.\n\nOn Mon, Jo wrote:\n> It is on 9 May.\n", answers=True)
    'It is on 16 May.\n\n[…]\n'
    """
    lines = text.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        below = _BELOW.match(line) or _heads_quotation(lines, number)
        if below and not any(_FORWARDED.search(above) for above in kept[-2:]):
            _leave_out(kept)
            break
        if _QUOTED.match(line):
            if kept and kept[-1] == LEFT_OUT:
                continue
            told = _attribution(kept)
            if not (answers or told or line.lstrip().startswith(">>")):
                kept.append(_QUOTED.sub("", line).strip())
                continue
            del kept[len(kept) - told :]
            _leave_out(kept)
        elif line.strip() or not (kept and kept[-1] == LEFT_OUT):
            kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    return "\n".join([*kept, ""])


def own_markup(markup: str, *, forwards: bool) -> str:
    """A mail's markup up to the first mail that it quotes; all of it where it forwards one."""
    found = None if forwards else _MARKUP.search(markup)
    if found is None or _FORWARDED.search(markup, found.start(), found.start() + 600):
        return markup
    return f"{markup[: found.start()]}<p>{LEFT_OUT}</p>"


def _heads_quotation(lines: list[str], number: int) -> bool:
    """Whether the headers of another mail begin here, as some programs put above a quotation."""
    if not _FROM.match(lines[number]):
        return False
    return sum(bool(_HEADER.match(line)) for line in lines[number + 1 : number + 6]) >= 2


def _attribution(kept: list[str]) -> int:
    """How many of the last lines tell who wrote what follows."""
    end = len(kept)
    while end and not kept[end - 1].strip():
        end -= 1
        if len(kept) - end > _GAP:  # else each of many blank quotations looks at all of them
            return 0
    for count in range(1, min(_ATTRIBUTION, end) + 1):
        if not kept[end - count].strip():
            return 0
        if _WROTE.search(" ".join(kept[end - count : end])) and (
            count == 1 or kept[end - count][:1].isupper()
        ):
            more = count < min(_ATTRIBUTION, end) and kept[end - count - 1].strip()
            if not more or not re.match(r"^\s*(?:on|am|le|el)\b", kept[end - count - 1], re.I):
                return len(kept) - end + count
    return 0


def _leave_out(kept: list[str]) -> None:
    while kept and not kept[-1].strip():
        kept.pop()
    kept += ["", LEFT_OUT] if kept else [LEFT_OUT]
