"""Nothing invisible reaches a person: not on the page, in a copy, an export or a terminal."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from rag.assistant import Assistant
from rag.chats import ChatInfo, ChatStore, Turn
from rag.chats.export import Format, export, read_export
from rag.chats.feedback import feedback
from rag.chats.saved import SavedChat
from rag.commands.terminal import one_line, print_json
from rag.escaping import in_html, in_markdown, on_one_line
from rag.invisible import bare
from rag.page import answer, elements
from rag.server.mcp import server_of
from tests.chats.made import ANSWER, OPENED
from tests.world import opened

HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\u3164"
    "\ufe0f\ufeff\uffa0\ufff9\U000e0001\U000e0041\U000e007f\U000e0100"
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_a_script_or_an_emoji_needs_stays() -> None:
    for text in ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u2764\ufe0f"):
        assert bare(text) == text
    assert bare("a\u200cb") == "ab"


@pytest.mark.parametrize("character", HIDDEN)
def test_no_surface_shows_it(character: str) -> None:
    text = f"a{character}b"
    for made in (elements.plain, in_html, in_markdown, on_one_line, one_line):
        assert made(text) == "ab"


def test_what_the_scripts_of_the_page_are_given_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    for module, name in ((answer, "_answer"), (elements, "_copy"), (elements, "_quotes")):
        monkeypatch.setattr(module, name, lambda **of: given.append(of["data"]))
    document = f"lu{HIDDEN}nd.md"  # the name of a file, which nothing else takes them out of
    cited = replace(OPENED, document=document)
    claim = replace(ANSWER.claims[0], text=f"It{HIDDEN} opened.", citations=(cited,))
    shown = replace(ANSWER, claims=(claim,))
    answer.show_answer(answer.whole(shown), key="a", on_open=opening)
    elements.show_copy(answer.copied(shown), key="b")
    elements.show_quotes([replace(ANSWER.evidence[0], place=document)], key="c", on_open=opening)
    told = json.dumps(given, ensure_ascii=False)
    assert len(given) == 3
    assert "It opened." in told
    assert "lund.md" in told
    assert not set(told) & set(HIDDEN)


def opening(document: str, start: int, end: int) -> None:
    """What a click would do."""


@pytest.mark.parametrize("to", Format)
def test_an_export_shows_none_and_is_still_read(to: Format) -> None:
    title = f"Lu{HIDDEN}nd"
    turn = Turn(1, title, replace(ANSWER, question=title), "", NOW, 1, f"go{HIDDEN}od")
    saved = SavedChat(ChatInfo("a", title, NOW, NOW, 1, None), (turn,), NOW)
    raw = export(saved, to)
    assert not set(raw.decode()) & set(HIDDEN)
    assert read_export(raw) == saved


def test_json_for_people_and_agents_shows_where_there_is_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    smuggled = "\U000e0041\U000e0042\u202e"
    print_json({"file": f"a{smuggled}.md"})
    printed = capsys.readouterr().out
    assert not set(printed) & set(smuggled)
    assert json.loads(printed) == {"file": f"a{smuggled}.md"}
    answer = replace(ANSWER, question=smuggled)
    assert not set(answer.to_json()) & set(smuggled)
    assert json.loads(answer.to_json()) == answer.to_dict()
    with closing(ChatStore(tmp_path)) as store:
        turn = store.begin("a", "When?")
        store.finish(turn, ANSWER)
        store.rate(turn, 1, smuggled)
        judged = feedback(store).decode()
    assert not set(judged) & set(smuggled)
    assert json.loads(judged)["comment"] == smuggled

    async def listed(assistant: Assistant) -> str:
        async def here() -> Assistant:
            return assistant

        async with Client(server_of(here)) as client:
            (told,) = (await client.call_tool("documents", {})).content
            return str(getattr(told, "text", ""))

    articles = {f"a{smuggled}.md": "The ferry Hanna sails."}
    with opened(tmp_path, articles=articles) as assistant:
        told = anyio.run(listed, assistant)
    assert not set(told) & set(smuggled)
    assert json.loads(told)["documents"][0]["id"] == f"a{smuggled}.md"
