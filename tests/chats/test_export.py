"""A chat to a file and back: whole, safe to open, and told when it was changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.chats import ChatInfo, ChatStore, Turn
from rag.chats import export as exporting
from rag.chats.export import Format, export, file_name, format_of, read_export
from rag.chats.saved import SavedChat, _seal, saved_chat, sealed
from rag.chats.standing import digest
from rag.errors import ExportError, LibraryError
from rag.schema import Answer, Citation, Claim, Evidence
from tests.chats.made import ANSWER, FINE, HOSTILE, OPENED, REFUSAL, TEXT, texts, times

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
NOTED = {"lund.md": digest(TEXT)}
TURNS = (
    Turn(1, "When did it open?", ANSWER, "", NOW, 1, "Good.", NOTED),
    Turn(2, "Who?", REFUSAL, "", NOW, 0, "", NOTED),
    Turn(7, "And why?", None, "Stopped.", NOW),
    Turn(8, "And now?", None, "", NOW),
)
INFO = ChatInfo("abc", "When did it open?", NOW, NOW, 4, None)
SAVED = SavedChat(INFO, TURNS, NOW)
FORMATS = pytest.mark.parametrize("to", list(Format))
PAGES = pytest.mark.parametrize("to", [Format.MARKDOWN, Format.HTML])


def hostile() -> SavedChat:
    """Every text that comes from elsewhere is an attack."""
    citation = Citation(1, HOSTILE, HOSTILE, 5, 5 + len(HOSTILE), HOSTILE)
    answer = replace(ANSWER, question=HOSTILE, claims=(Claim(HOSTILE, (citation,), FINE),))
    evidence = Evidence(HOSTILE, HOSTILE, None, 5, 5 + len(HOSTILE), HOSTILE, 0.5)
    refusal = replace(REFUSAL, reason=HOSTILE, evidence=(evidence,), choices=(HOSTILE,))
    turns = (
        Turn(1, HOSTILE, answer, "", NOW, -1, HOSTILE, {HOSTILE: digest(HOSTILE)}),
        Turn(2, HOSTILE, refusal, "", NOW),
        Turn(3, HOSTILE, None, HOSTILE, NOW),
    )
    return SavedChat(ChatInfo(HOSTILE, HOSTILE, NOW, NOW, 3, (HOSTILE,)), turns, NOW)


class Reader(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.comments: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


@FORMATS
def test_it_is_read_back_whole(to: Format) -> None:
    for saved in (SAVED, hostile(), replace(SAVED, turns=())):
        again = read_export(export(saved, to))
        assert again == saved
        for one, other in zip(again.turns, saved.turns, strict=True):
            assert (one.answer and one.answer.timings) == (other.answer and other.answer.timings)


@FORMATS
def test_words_that_mark_the_data_may_stand_in_a_question(to: Format) -> None:
    for page in exporting._PAGES.values():
        turns = (replace(TURNS[0], question=f"What is {page.BEFORE} here?"), *TURNS[1:])
        saved = replace(SAVED, turns=turns)
        assert read_export(export(saved, to)) == saved


@FORMATS
def test_it_is_the_same_every_time_and_plain_utf8(to: Format) -> None:
    for saved in (SAVED, hostile()):
        content = export(saved, to)
        assert content == export(saved, to)
        assert "\x00" not in content.decode("utf-8")


@FORMATS
def test_what_a_file_goes_through_on_its_way_does_no_harm(to: Format) -> None:
    content = export(hostile(), to)
    for changed in (
        content.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + content,
        content + b"\n\n",
    ):
        assert read_export(changed) == hostile()


def test_json_that_another_program_wrote_anew_is_the_same() -> None:
    plain = json.loads(export(SAVED, Format.JSON), parse_float=lambda text: text)
    text = re.sub(r'"(-?\d+)\.0"', r"\1", json.dumps(plain, sort_keys=True))
    text = re.sub(r'"(0\.\d+)"', r"\1", text)
    assert '"score": 0.9' in text
    assert read_export(text.encode()) == SAVED


@FORMATS
def test_everything_that_proves_an_answer_is_in_it(to: Format) -> None:
    text = export(SAVED, to).decode().replace("\\", "")
    for expected in (
        *("When did it open?", "The bridge opened in June 2020.", "lund.md", "2020-07-01"),
        *(NOTED["lund.md"], "It opened in June 2020.", "The articles do not say.", "Stopped."),
        *("Good.", "2026-05-01"),
    ):
        assert expected in text, expected


@PAGES
def test_a_person_reads_markers_and_places(to: Format) -> None:
    text = export(SAVED, to).decode().split("quoth-data")[0].replace("\\", "")
    text = re.sub(r"<[^>]*>", "", text)
    for expected in (
        *("It cost 40,000 crowns. [1][2]", "characters 12 to 35", "characters 37 to 59"),
        *("Confidence 81%", "4 questions, exported 2026-05-01 09:30 UTC", "Judged helpful: Good."),
        *("This question was not answered", "python -m rag verify"),
    ):
        assert expected in text, expected
    assert "It sank." not in text  # a claim that was left out stays out


def test_html_holds_nothing_but_its_own_markup() -> None:
    ours, theirs = (Reader(export(saved, Format.HTML).decode()) for saved in (SAVED, hostile()))
    allowed = {tag for tag, _ in ours.tags}
    assert {tag for tag, _ in theirs.tags} <= allowed
    assert not {"script", "img", "iframe", "link", "object", "form"} & allowed
    for reader in (ours, theirs):
        assert reader.comments == []
        for tag, attributes in reader.tags:
            assert not any(name.startswith("on") or name == "src" for name in attributes)
            assert tag != "a" or re.fullmatch(r"#q\d+-\d+", attributes["href"] or "")
            assert tag == "a" or "href" not in attributes
        policy = [a["content"] for t, a in reader.tags if a.get("http-equiv")]
        assert policy
        assert "default-src 'none'" in (policy[0] or "")
        style = next(text for text in reader.texts if "color-scheme" in text)
        assert "url(" not in style
        assert "@import" not in style
    anchors = {a["id"] for _, a in ours.tags if "id" in a}
    assert {(a["href"] or "")[1:] for t, a in ours.tags if t == "a"} <= anchors
    shown = "".join(theirs.texts)
    assert "<script>alert(1)</script>" in shown
    assert not re.search("[\u202a-\u202e\x00\ud800-\udfff]", shown)
    assert "\u05d0\u05d1" in shown


def test_html_shows_a_quote_as_it_is() -> None:
    citation = replace(OPENED, quote="Two\n  lines.", end=OPENED.start + 12)
    saved = SavedChat(INFO, (replace(TURNS[0], answer=citing(citation)),), NOW)
    page = export(saved, Format.HTML).decode()
    assert '<blockquote dir="auto">Two\n  lines.</blockquote>' in page
    assert "white-space: pre-wrap" in page


def citing(citation: Citation) -> Answer:
    return replace(ANSWER, claims=(Claim("So.", (citation,), FINE),))


def test_markdown_means_nothing_that_was_not_meant() -> None:
    text = export(hostile(), Format.MARKDOWN).decode()
    kinds = set()
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        kinds.add(token.type)
        kinds.update(child.type for child in token.children or ())
        if token.type == "html_block":
            assert token.content.startswith("<!-- quoth-data ")
            assert token.content.count("-->") == 1
    assert not kinds & {"link_open", "image", "html_inline", "fence", "code_block", "table_open"}
    assert not kinds & {"bullet_list_open", "ordered_list_open", "s_open", "hr"}
    assert {"heading_open", "blockquote_open", "html_block"} <= kinds
    rendered = MarkdownIt("commonmark", {"html": False}).render(text.split("<!-- quoth")[0])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in rendered


@given(st.text(alphabet="-+=.)1234 \n#>`*_~|a:/<&$[]()!\\", max_size=40))
def test_any_text_is_one_plain_line_of_markdown(text: str) -> None:
    from rag.escaping import in_markdown

    line = in_markdown(text)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(f"{line}\n{line}\n")
    assert {t.type for t in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    read = "".join(
        " " if child.type == "softbreak" else child.content
        for token in tokens
        for child in token.children or ()
    )
    assert " ".join(read.split()) == " ".join(f"{text} {text}".split())


@given(
    st.lists(
        st.builds(
            Turn,
            st.integers(1, 2**40),
            texts,
            st.none() | st.sampled_from([ANSWER, REFUSAL]),
            texts,
            times,
            st.sampled_from([-1, 0, 1]),
            texts,
            st.dictionaries(texts, texts, max_size=2),
        ),
        max_size=4,
    ),
    texts,
    st.none() | st.lists(texts, max_size=3).map(tuple),
    st.sampled_from(Format),
)
def test_any_chat_is_read_back(
    turns: list[Turn], title: str, documents: tuple[str, ...] | None, to: Format
) -> None:
    saved = SavedChat(ChatInfo("id", title, NOW, NOW, len(turns), documents), tuple(turns), NOW)
    assert read_export(export(saved, to)) == saved


@FORMATS
def test_every_change_is_told(to: Format) -> None:
    content = export(SAVED, to).decode()
    for old, new in (("June 2020", "June 1999"), ("crowns", "euros"), ("Who?", "Whom?")):
        places = [match.start() for match in re.finditer(re.escape(old), content)]
        assert places
        for at in places:  # what is shown as well as the data
            changed = content[:at] + new + content[at + len(old) :]
            with pytest.raises(ExportError, match="was changed after it was exported"):
                read_export(changed.encode())


@PAGES
def test_text_put_around_it_and_parts_left_out_are_told(to: Format) -> None:
    content = export(SAVED, to).decode()
    at = content.index("quoth-data")
    for changed in (
        "Quoth proved that. " + content,
        content + "More.",
        content[: at + 100],
        content[at - 5 :],
        content + content,
    ):
        with pytest.raises(ExportError):
            read_export(changed.encode())


def forged(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Changed and sealed anew, as somebody who reads this code can."""
    data = sealed(SAVED)
    change(data)
    del data["sha256"]
    return json.dumps({**data, "sha256": _seal(data)}).encode()


def first(data: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = data["turns"][0]["answer"]
    return answer


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: first(d)["claims"][0].update(citations=[]), "not made of its claims"),
        (lambda d: first(d).update(text="It never opened."), "not made of its claims"),
        (lambda d: first(d).update(citations=[]), "not made of its claims"),
        (lambda d: first(d).update(claims=[], text="", citations=[]), "claims and a refusal"),
        (lambda d: first(d).update(refused=True), "claims and a refusal"),
        (lambda d: first(d)["evidence"][0].update(end=99), "has 23 characters and says"),
        (lambda d: first(d)["evidence"][0].update(start=-1, end=22), "stands at -1 to 22"),
        (lambda d: d["turns"][0].pop("question"), "lacks what an export has"),
        (lambda d: d["turns"][0].update(rating=True), "lacks what an export has"),
        (lambda d: d.update(turns={}), "lacks what an export has"),
        (lambda d: first(d).update(confidence=10**400), "lacks what an export has"),
        (lambda d: d.update(version=2), "another version of Quoth"),
        (lambda d: d.update(format="x"), "no export of a chat"),
    ],
)
def test_what_no_answer_has_is_told_although_sealed(
    change: Callable[[dict[str, Any]], object], told: str
) -> None:
    assert read_export(forged(lambda _: None)) == SAVED
    with pytest.raises(ExportError, match=told):
        read_export(forged(change))


def test_a_claim_without_citation_and_a_marker_for_two_quotes() -> None:
    bare = Claim("So.", (), FINE)
    twice = Claim("So.", (replace(OPENED, quote="b" * 23),), FINE)
    for claim, told in ((bare, "claim 3 has no citation"), (twice, "stands for two quotes")):
        answer = replace(ANSWER, claims=(*ANSWER.claims, claim))
        saved = replace(SAVED, turns=(replace(TURNS[0], answer=answer),))
        with pytest.raises(ExportError, match=re.escape(told)):
            read_export(export(saved, Format.JSON))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\xff\xfe\x00", b"# My notes\n\nNothing.", b"<html><body>Hello</body></html>"),
        *(b"{}", b"[]", b"null", b'"quoth-chat"', b"[" * 200_000, b'{"a":' * 50_000, b"9" * 9_999),
        *(b'{"format": "quoth-chat", "version": NaN}', b"\x89PNG\r\n\x1a\n" + b"\x00" * 100),
    ],
)
def test_what_is_no_export_is_told(content: bytes) -> None:
    with pytest.raises(ExportError, match="no export of a chat"):
        read_export(content)


def test_a_huge_file_is_told_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "LARGEST", 2 * 1024**2)
    with pytest.raises(ExportError, match="larger than 2 MB"):
        read_export(b"\xff" * (2 * 1024**2 + 1))


def test_names_and_formats() -> None:
    for name, to in (("a.md", "md"), ("b.MARKDOWN", "md"), ("c.htm", "html"), ("d.json", "json")):
        assert format_of(name) is Format(to)
    for name in ("a", "a.pdf", ".md", "md"):
        with pytest.raises(ExportError, match=r"\.md, \.html or \.json"):
            format_of(name)
    assert file_name("Why / not?\n", Format.HTML) == "Why-not.html"
    assert file_name("../../etc", Format.JSON) == "etc.json"
    assert file_name("???", Format.JSON) == "chat.json"
    assert len(file_name("x" * 300, Format.JSON)) <= 66


def test_a_chat_is_saved_as_it_is_kept(tmp_path: Path) -> None:
    store = ChatStore(tmp_path)
    store.restrict("a", ["lund.md"])
    store.finish(store.begin("a", "When did it open?"), ANSWER)
    saved = saved_chat(store, "a")
    assert saved.chat == store.info("a")
    assert saved.turns == store.turns("a")
    assert "Only these articles may be used: lund.md" in export(saved, Format.MARKDOWN).decode()
    with pytest.raises(LibraryError, match="no chat b"):
        saved_chat(store, "b")
    store.close()
