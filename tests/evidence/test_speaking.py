from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evidence.features import Question
from rag.evidence.speaking import as_read, with_sender
from rag.schema import Hit, Span

FROM = "From: Nils Aker <nils@example.org>"


def mail(*lines: str, context: str = "", start: int = 0) -> Hit:
    text = "\n".join(lines)
    places = [text.index(line) for line in lines]
    spans = tuple(
        Span(start + at, start + at + len(line)) for at, line in zip(places, lines, strict=True)
    )
    end = start + len(text)
    return Hit("a.eml", "", None, start, end, text, spans, 0.5, 0.5, 1.0, context=context)


def asked(question: str) -> Question:
    return Question(question, lambda stem: 1.0)


def read(question: str, *hits: Hit) -> list[str]:
    return [
        text.text[span.start : span.end]
        for text in as_read(asked(question), hits)
        for span in text.sentences
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("I've ordered paint.", "Nils Aker has ordered paint."),
        ("We meet in my shed.", "Nils Aker and others meet in Nils Aker's shed."),
        ("She said: “I come.”", "She said: “I come.”"),
        ("The US and Ida came in mice.", "The US and Ida came in mice."),
    ],
)
def test_the_sender_is_read_for_who_speaks(said: str, told: str) -> None:
    assert read("What does Nils say?", mail(FROM, said))[1] == told


def test_it_is_read_as_it_stands_where_nobody_is_asked_for() -> None:
    assert read("When do we meet?", mail(FROM, "We meet on Friday."))[1] == "We meet on Friday."
    assert read("Who meets?", mail("We meet on Friday.")) == ["We meet on Friday."]


def test_further_on_in_a_mail_its_sender_stands_above_the_passage() -> None:
    later = mail("I bring the keys.", context=f"mails › {FROM}; To: Ida; Subject: Keys", start=900)
    assert read("Who brings the keys?", later) == ["Nils Aker bring the keys."]


def test_of_a_mail_in_a_mail_the_nearest_sender_is_read() -> None:
    both = mail(FROM, "I bring keys.", "From: ida.holt@example.org", "I bring soup.")
    assert read("Who brings it?", both)[1::2] == ["Nils Aker bring keys.", "ida holt bring soup."]


@given(st.lists(st.sampled_from(["I", "my", "bread", "we'll", "eat", "us"]), min_size=1))
def test_words_that_are_read_are_found_where_they_were_written(words: list[str]) -> None:
    hit = mail(FROM, " ".join(words))
    (text,) = as_read(asked("What does Nils eat?"), [hit])
    sentence = text.sentences[1]
    whole = text.source(sentence)
    assert hit.text[whole.start : whole.end] == " ".join(words)
    at = sentence.start
    for word in words:
        size = next(
            (n.end - n.start for n, _ in text.named if n.start == at), len(word)
        )  # of a name that was put in
        found = text.source(Span(at, at + size))
        assert hit.text[found.start : found.end] == word
        at += size + 1


def test_who_it_was_is_told_with_the_senders_line() -> None:
    hit = mail(FROM, "I bring the keys.", "The shed is green.")
    sender, said, other = (hit.evidence(span) for span in hit.sentences)
    reading = [sender, said, other]
    assert with_sender(asked("Who brings the keys?"), [said], reading) == [said, sender]
    assert with_sender(asked("What does Nils bring?"), [said], reading) == [said]
    assert with_sender(asked("Who painted it?"), [other], reading) == [other]
