"""E-mail (.eml), by Python's own parser: who wrote whom when, the text, and what is attached.

Earlier mails that it quotes are left out: they were not written when it was, and by others.
Attached files of kinds that are read follow the text, each a place of its own; mails inside a mail
too, a few deep.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr

from rag.documents.blocks import visible_text, write_markup
from rag.documents.draft import DocumentDraft, GrowingText
from rag.documents.facts import told_date, told_name
from rag.documents.limits import Unreadable
from rag.documents.plain import read_plain
from rag.documents.quoted import is_forward, own_markup, own_words
from rag.escaping import encodable
from rag.schema import Place

Reader = Callable[[str, bytes], DocumentDraft | None]
HEADERS = ("From", "To", "Cc", "Date", "Subject")
_PARTS = 200  # pieces of a mail that are looked at
_DEPTH = 3  # mails inside a mail
_BROKEN = (ValueError, IndexError, AttributeError, TypeError)  # what odd headers make of a parser
_OTHER = 0.05  # of the words of a plain part that the HTML part may lack, as pictures' names
_WORD = re.compile(r"\d+|[^\W\d_]+")
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)\S+|[<\[]?\S+@\S+")
_DIFFER = "The plain part says something else than the HTML part, which was read."


def read_mail(raw: bytes, read: Reader) -> DocumentDraft:
    """A mail to a draft; `read` reads an attached file by its name, where its kind is read."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    if not any(_header(message, name) for name in ("From", "Date", "Subject", "Received")):
        raise Unreadable("is damaged or no e-mail. Save it anew from the mail program.")
    text = GrowingText()
    _write(message, text, read, depth=0)
    sent = None
    with suppress(*_BROKEN):
        sent = getattr(message.get("Date"), "datetime", None)
    name, address = parseaddr(_header(message, "From"))
    return replace(
        text.draft(),
        title=_header(message, "Subject"),
        date=told_date(sent.date().isoformat()) if sent else None,
        author=told_name(name) or address,
        remarks=(_DIFFER,) if _differs(message) else (),
    )


def _write(message: EmailMessage, text: GrowingText, read: Reader, depth: int) -> None:
    for name in HEADERS:
        if value := _header(message, name):
            text.add(f"{name}: {value}", "\n")
    text.gap = "\n\n"
    body = message.get_body(("html", "plain") if _differs(message) else ("plain", "html"))
    if body is not None:
        words = _content(body)
        forwards = is_forward(_header(message, "Subject"))
        if body.get_content_subtype() == "html":
            write_markup(own_markup(words, forwards=forwards), text)
        else:
            if not forwards:
                words = own_words(words, answers="In-Reply-To" in message)
            text.add(read_plain(words).text.strip())
    for number, part in enumerate(message.iter_attachments()):
        if number < _PARTS and isinstance(part, EmailMessage):
            _write_attached(part, text, read, depth)


def _differs(message: EmailMessage) -> bool:
    """Whether the plain part says what the HTML part, which people see, does not."""
    plain, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    if plain is None or page is None or page.get_content_subtype() != "html":
        return False
    seen = set(_WORD.findall(visible_text(_content(page)).lower()))
    words = _WORD.findall(_ADDRESS.sub(" ", _content(plain)).lower())
    other = [word for word in words if word not in seen]
    return len(other) > _OTHER * len(words) or any(word.isdigit() for word in other)


def _write_attached(part: EmailMessage, text: GrowingText, read: Reader, depth: int) -> None:
    name = " ".join((part.get_filename() or "").split())
    if part.get_content_type() == "message/rfc822":
        inner = part.get_content()
        if depth < _DEPTH and isinstance(inner, EmailMessage):
            text.place("attached mail")
            _write(inner, text, read, depth + 1)
        return
    raw = part.get_payload(decode=True)
    if not name or not isinstance(raw, bytes):
        return
    try:
        draft = read(name, raw)
    except Unreadable:  # what the mail itself says is read all the same
        return
    if draft is None or not draft.text.strip():
        return
    text.place(f"attachment {name}")
    text.heading(name)
    at = text.length + len(text.gap)
    text.add(draft.text)
    text.places += [Place(p.start + at, f"{name}, {p.name}", p.page) for p in draft.places]


def _content(part: MIMEPart) -> str:
    """A part's text, whatever encoding it claims."""
    try:
        return str(part.get_content()).replace("\r\n", "\n").replace("\x00", "\ufffd")
    except (LookupError, UnicodeError, ValueError, KeyError):
        raw = part.get_payload(decode=True)
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _header(message: EmailMessage, name: str) -> str:
    """A header on one line; "" where it is missing or cannot be told."""
    try:
        value = message.get(name)
    except _BROKEN:
        return ""
    return encodable(" ".join(str(value or "").split()))
