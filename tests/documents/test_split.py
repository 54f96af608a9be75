"""Passages: whole sentences, in order, within the limit, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents import split_passages
from rag.documents.read import parse
from rag.documents.table import is_row
from rag.schema import Document, Heading, Passage

AWKWARD = '|aB.!?"”1-•\n \t\u00a0\u2028،؟。é\u0301\u200d😀م你 '
WORDS = st.text(st.sampled_from("abcdeéß你"), min_size=1, max_size=12)
SENTENCES = st.builds(lambda words: " ".join(words).capitalize() + ".", st.lists(WORDS, min_size=1))
PARAGRAPHS = st.builds(" ".join, st.lists(SENTENCES, min_size=1, max_size=9))
ARTICLES = st.builds("\n\n".join, st.lists(PARAGRAPHS, max_size=9))


def check(document: Document, longest: int) -> list[Passage]:
    """The document's passages, once they are proved to hold every rule of splitting."""
    text = document.text
    passages = split_passages(document, longest=longest)
    last = 0
    for passage in passages:
        assert passage.document == document.id
        assert last <= passage.start < passage.end
        assert passage.end - passage.start <= longest or is_row(text[passage.start : passage.end])
        assert not text[last : passage.start].strip()
        piece = text[passage.start : passage.end]
        assert piece == piece.strip()
        at = passage.start
        for start, end in passage.sentences:
            assert at <= start < end <= passage.end
            assert text[start:end] == text[start:end].strip()
            at = end
        assert at == passage.end
        last = passage.end
    assert not text[last:].strip()
    return passages


@given(ARTICLES, st.sampled_from([200, 800, 4000]))
def test_articles(text: str, longest: int) -> None:
    check(Document("a.txt", "A", text), longest)


@given(st.text(AWKWARD, max_size=1500), st.sampled_from([1, 40, 200]))
def test_awkward_texts(text: str, longest: int) -> None:
    check(Document("a.txt", "A", text), longest)


@given(st.text(st.sampled_from("#*_-`|[]()<>!&;>\n \tab1.é😀"), max_size=400))
def test_whatever_markdown_gives(text: str) -> None:
    raw = (text + "\n\nEnd").encode()
    document = parse(raw, name="a.md")
    check(document, 200)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_every_format_and_encoding(suffix: str, encoding: str) -> None:
    article = (
        "Größe\r\n\r\nThe café’s “price” rose to €5 on Monday, they said.\r\n\r\n"
        "- The first of the points\r\n- The second of the points\r\n\r\n"
        + "A sentence — with a dash — that comes again and again. "
        * 40
    )
    document = parse(article.encode(encoding), name=f"a{suffix}")
    passages = check(document, 800)
    whole = "".join(document.text[p.start : p.end] for p in passages)
    assert "The café’s “price” rose to €5 on Monday, they said." in whole
    assert whole.count("again and again.") == 40


def test_one_long_word() -> None:
    passages = check(Document("a.txt", "A", "a" * 100_000), 800)
    assert len(passages) == 125


@pytest.mark.parametrize("text", ["", " \n\t\u00a0", "\n" * 50])
def test_blank_texts_have_no_passages(text: str) -> None:
    assert check(Document("a.txt", "A", text), 800) == []


def test_short_paragraphs_share_a_passage() -> None:
    text = "\n\n".join(f"Paragraph number {n} is short." for n in range(5))
    assert len(check(Document("a.txt", "A", text), 800)) == 1


def test_a_paragraph_that_fits_is_not_torn() -> None:
    paragraph = "Here is a sentence of some length. " * 12
    text = "\n\n".join([paragraph.strip()] * 3)
    passages = check(Document("a.txt", "A", text), 800)
    assert [text[p.start : p.end] for p in passages] == [paragraph.strip()] * 3


def test_a_long_paragraph_comes_in_even_pieces() -> None:
    text = "Here is a sentence of some length. " * 30
    lengths = [p.end - p.start for p in check(Document("a.txt", "A", text), 800)]
    assert len(lengths) == 2
    assert max(lengths) - min(lengths) < 100


def test_a_heading_begins_a_passage() -> None:
    text = "One.\n\nA heading\n\nTwo.\n\nAnother\n\nThree."
    headings = tuple(Heading(text.index(title), title) for title in ("A heading", "Another"))
    passages = check(Document("a.md", "A", text, headings=headings), 800)
    assert [text[p.start : p.end] for p in passages] == [
        "One.",
        "A heading\n\nTwo.",
        "Another\n\nThree.",
    ]


def test_boilerplate_stands_in_passages_of_its_own() -> None:
    text = "Letters\n\nBy Jane Doe\n\nThe letters went out.\n\nAbout the author\n\nJane likes tea."
    passages = check(Document("a.txt", "A", text), 800)
    assert [(text[p.start : p.end], p.boilerplate) for p in passages] == [
        ("Letters", False),
        ("By Jane Doe", True),
        ("The letters went out.", False),
        ("About the author\n\nJane likes tea.", True),
    ]


def test_a_passage_of_what_is_written_without_blanks_is_shorter() -> None:
    text = "渡轮从青竹岛开往白沙镇，每天两次。" * 60
    passages = check(Document("a.txt", "渡轮", text, language="zh"), 800)
    assert max(p.end - p.start for p in passages) <= 320
    assert max(p.end - p.start for p in check(Document("a.txt", "渡轮", text), 800)) > 320
    check(Document("a.txt", "渡轮", text, language="zh"), 1)
