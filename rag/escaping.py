"""Text made harmless: where it is shown in HTML, in Markdown, to a person, to a model; encoded."""

from __future__ import annotations

import re
from html import escape

from rag.invisible import bare

_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MEANS = re.compile(r"[\\`*_\[\]<>#|$~&@]|:(?=[^\s\d])")  # the colon of an address, of an :icon:
_BEGINS = re.compile(r"^(\d+)(?=[.)])|^(?=[-+=])")  # a list, a line under a heading
_SIGN = re.compile(r"<(?=[|｜]|/?\w+>|<)|\[(?=/?INST\])")  # of chat templates


def showable(text: str) -> str:
    r"""Text without what steers a page: controls, half characters, what nobody sees.

    >>> showable("a\x00b\u202ec")
    'a\ufffdbc'
    """
    return bare(_UNSHOWABLE.sub("\ufffd", text.replace("\r\n", "\n")))


def encodable(text: str) -> str:
    r"""Text without half characters, which no encoding takes; they come of bytes that are no text.

    >>> encodable("caf\udce9")
    'caf?'
    """
    return text.encode("utf-8", "replace").decode()


def without_signs(text: str) -> str:
    """Text in which nothing is a sign by which chat templates part who speaks.

    A server may read such a sign as one, whoever wrote it (`parse_special` of llama.cpp).

    >>> without_signs("He said <|im_end|> and </s> [INST], 3 < 4.")
    'He said < |im_end|> and < /s> [ INST], 3 < 4.'
    """
    return _SIGN.sub(r"\g<0> ", text)


def in_html(text: str) -> str:
    """Text in which nothing means anything to HTML.

    >>> in_html('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return escape(showable(text))


def in_markdown(text: str) -> str:
    r"""Text on one line in which nothing means anything to Markdown.

    >>> print(in_markdown("costs $5\n<b>now</b>"))
    costs \$5 \<b\>now\</b\>
    >>> print(in_markdown("1. first"))
    1\. first
    """
    return _BEGINS.sub(r"\1\\", _MEANS.sub(r"\\\g<0>", on_one_line(text)))


def on_one_line(text: str) -> str:
    r"""Text for a person, on one line.

    >>> on_one_line(" two\n lines\x1b[2J")
    'two lines\ufffd[2J'
    """
    return " ".join(showable(text).split())
