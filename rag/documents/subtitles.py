"""Subtitles (SRT, WebVTT): what is said, in paragraphs, each minute a place."""

from __future__ import annotations

import re

from rag.documents.draft import DocumentDraft, GrowingText
from rag.documents.plain import ENDED

_TIME = re.compile(r"^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,]\d{1,3}\s+-->\s")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|<\d{2}:[\d:.]{2,12}>|\{\\[^{}\n]{0,40}\}")
_SPEAKER = re.compile(r"^<v(?:\.[\w.]+)?\s+([^<>\n]{1,80})>")
_ASIDE = re.compile(r"^(?:WEBVTT|NOTE|STYLE|REGION)\b")
_PARAGRAPH = 400  # characters after which a paragraph ends with its sentence


def read_subtitles(text: str) -> DocumentDraft:
    r"""Subtitles to a draft; a line that is shown again while it rolls up is said once.

    >>> read_subtitles("1\n00:00:01,000 --> 00:00:04,000\nThe ferry\n<i>sails at nine.</i>\n").text
    'The ferry sails at nine.'
    """
    written = GrowingText()
    said: list[str] = []
    minute, before, speaker = -1, "", ""
    for block in re.split(r"\n[ \t]*\n", text.lstrip("\ufeff\n")):
        lines = block.strip("\n").split("\n")
        at = next((number for number, line in enumerate(lines[:3]) if _TIME.match(line)), None)
        if at is None or _ASIDE.match(lines[0]):
            continue
        time = _TIME.match(lines[at])
        assert time is not None
        now = 60 * int(time[1] or 0) + int(time[2])
        for line in lines[at + 1 :]:
            told = _SPEAKER.match(line)
            words = " ".join(_MARKUP.sub("", line).split())
            if not words or words == before:
                continue
            changes = told is not None and told[1] != speaker
            if said and (
                changes
                or (sum(map(len, said[:_PARAGRAPH])) > _PARAGRAPH and ENDED.search(said[-1]))
            ):
                written.add(" ".join(said))
                said.clear()
            if not said and now != minute:
                written.place(f"{now // 60}:{now % 60:02d} h" if now > 59 else f"minute {now}")
                minute = now
            if told is not None and changes:
                speaker, words = told[1], f"{told[1]}: {words}"
            said.append(words)
            before = _MARKUP.sub("", line).strip()
    written.add(" ".join(said))
    return written.draft()
