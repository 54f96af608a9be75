from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.library import Library, Match, sync_folder
from rag.retrieval import Filters, search
from rag.retrieval.search import DENSE_SHARE, fuse
from rag.schema import Hit
from rag.testing import FakeEmbedder
from rag.words import asked_terms
from tests.world import ARTICLES, write

EMBEDDER = FakeEmbedder(dimension=256)
BYLINE = (
    "By Ada Rehn\n\nThe quay was paved with granite.\n\nAbout the author\n\nAda Rehn paves quays.\n"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    place = tmp_path_factory.mktemp("retrieval")
    folder = write(place / "articles", {**ARTICLES, "quay.txt": BYLINE})
    library = Library(place / "index", identity=EMBEDDER.identity, longest=800)
    sync_folder(folder, library, EMBEDDER, longest=800)
    yield library
    library.close()


def hits(library: Library, query: str, **how: object) -> tuple[Hit, ...]:
    return search(query, library, EMBEDDER, **how).hits  # type: ignore[arg-type]


def ids(library: Library, query: str, **filters: object) -> list[str]:
    given = Filters(**filters)  # type: ignore[arg-type]
    return sorted({h.document for h in hits(library, query, filters=given)})


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("When was the Lund bridge opened?", "bridge.md"),
        ("passengers of the ferry Hanna", "ferry.md"),
        ("where geese breed", "news/geese.txt"),
        ("paving the quay with granite", "quay.txt"),
    ],
)
def test_the_right_article_comes_first(library: Library, query: str, document: str) -> None:
    assert hits(library, query)[0].document == document


def test_hits_are_exact_spans_with_whole_sentences(library: Library) -> None:
    for hit in hits(library, "bridge ferry geese harbour"):
        document = library.document(hit.document)
        assert document is not None
        assert document.text[hit.start : hit.end] == hit.text
        assert (hit.title, hit.date) == (document.title, document.date)
        for sentence in hit.sentences:
            assert hit.start <= sentence.start < sentence.end <= hit.end


def test_scores_fall_from_one_at_most(library: Library) -> None:
    scores = [hit.score for hit in hits(library, "the ferry Hanna and the bridge")]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 + 1e-6 for score in scores)


def test_no_more_than_the_limit(library: Library) -> None:
    everything = hits(library, "ferry bridge geese note quay", limit=100)
    assert len(everything) == library.counts()[1]
    assert hits(library, "ferry bridge geese note quay", limit=2) == everything[:2]


def test_the_same_query_gives_the_same_hits(library: Library) -> None:
    assert hits(library, "ferry and bridge") == hits(library, "ferry and bridge")


def test_words_that_nothing_holds_still_find_the_nearest(library: Library) -> None:
    found = search("zzz qqq", library, EMBEDDER)
    assert found.matching == 0
    assert all(hit.lexical == 0.0 for hit in found.hits)


def test_matching_counts_passages_that_hold_a_word(library: Library) -> None:
    assert search("granite", library, EMBEDDER).matching == 1


def test_boilerplate_is_found_only_where_it_is_wanted(library: Library) -> None:
    query = "About the author Ada Rehn"
    assert any("paves quays" in hit.text for hit in hits(library, query))
    assert not any("paves quays" in hit.text for hit in hits(library, query, boilerplate=False))


# filters


def test_without_filters_everything_is_searched(library: Library) -> None:
    assert len(ids(library, "ferry bridge geese note quay")) == len(ARTICLES) + 1


def test_only_the_named_documents(library: Library) -> None:
    assert ids(library, "ferry", documents=("bridge.md", "trap.txt")) == ["bridge.md", "trap.txt"]
    assert ids(library, "ferry", documents=("news/geese.txt",)) == ["news/geese.txt"]


def test_no_documents_and_unknown_ones_find_nothing(library: Library) -> None:
    assert ids(library, "ferry", documents=()) == []
    assert ids(library, "ferry", documents=("missing.md",)) == []


@pytest.mark.parametrize(
    ("after", "before", "found"),
    [
        (date(2021, 3, 4), None, ["bridge.md", "ferry.md"]),  # the day itself counts
        (date(2021, 3, 5), None, ["ferry.md"]),
        (None, date(2021, 3, 4), ["bridge.md"]),
        (None, date(2021, 3, 3), []),
        (date(2021, 1, 1), date(2021, 12, 31), ["bridge.md"]),
        (date(2023, 1, 1), date(2022, 1, 1), []),
    ],
)
def test_dates_are_inclusive_and_undated_articles_are_left_out(
    library: Library, after: date | None, before: date | None, found: list[str]
) -> None:
    assert ids(library, "ferry bridge geese", after=after, before=before) == found


def test_filters_hold_together(library: Library) -> None:
    filters = {"documents": ("bridge.md", "news/geese.txt"), "after": date(2020, 1, 1)}
    assert ids(library, "ferry bridge geese", **filters) == ["bridge.md"]


def test_a_filtered_hit_scores_as_the_best_of_those_let_through(library: Library) -> None:
    filters = Filters(documents=("bridge.md",))
    assert hits(library, "ferry", filters=filters)[0].dense == pytest.approx(
        next(h.dense for h in hits(library, "ferry") if h.document == "bridge.md"), abs=1e-6
    )


def test_counts_are_told_for_the_filters(library: Library) -> None:
    assert library.counts(Filters(("bridge.md",)))[0] == 1
    assert library.counts(Filters(("missing.md",))) == (0, 0)
    assert library.counts(Filters(after=date(2021, 1, 1)))[0] == 2
    assert library.counts(Filters.of(library.documents())) == library.counts()


def test_an_empty_library_has_no_hits(tmp_path: Path) -> None:
    library = Library(tmp_path / "index", identity=EMBEDDER.identity, longest=800)
    assert hits(library, "anything") == ()
    library.close()


# fusing

_MATCHES = st.lists(
    st.builds(Match, st.integers(0, 10**6), st.floats(-1, 1), st.floats(0, 50)),
    max_size=20,
    unique_by=lambda match: match.number,
)


@given(_MATCHES)
def test_fused_scores_lie_in_range_and_fall(matches: list[Match]) -> None:
    fused = fuse(matches)
    scores = [score for _, score in fused]
    assert {match for match, _ in fused} == set(matches)
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 + 1e-9 for score in scores)


@given(_MATCHES)
def test_the_order_of_arrival_does_not_matter(matches: list[Match]) -> None:
    assert fuse(matches) == fuse(matches[::-1])


@given(_MATCHES, st.integers(0, 19), st.floats(0.01, 10))
def test_a_better_word_score_never_lowers_a_rank(
    matches: list[Match], place: int, more: float
) -> None:
    if place >= len(matches):
        return
    one = matches[place]
    better = Match(one.number, one.dense, one.lexical + more)
    before = [match.number for match, _ in fuse(matches)].index(one.number)
    raised = [better if match is one else match for match in matches]
    assert [match.number for match, _ in fuse(raised)].index(one.number) <= before


def test_words_count_for_more_than_meaning() -> None:
    (first, score), (_, other) = fuse([Match(1, 0.8, 0.0), Match(2, 0.0, 4.0)])
    assert first.number == 2
    assert (score, other) == pytest.approx((0.6, 0.4))


def test_best_both_ways_scores_one() -> None:
    (first, score), (_, other) = fuse([Match(1, 0.2, 1.0), Match(2, 0.8, 4.0)])
    assert (first.number, score) == (2, pytest.approx(1.0))
    assert other == pytest.approx(DENSE_SHARE / 4 + (1 - DENSE_SHARE) / 4)


GEESE = "Where do barnacle geese breed?"


def test_a_part_leads_where_the_query_says_nothing(library: Library) -> None:
    found = hits(library, "And why?", parts=[("And why?", 1.0), (GEESE, 1.0)])
    assert found[0].document == "news/geese.txt"


def test_a_part_that_counts_little_does_not_overrule_the_others(library: Library) -> None:
    query = "When was the ferry Hanna built?"
    assert hits(library, query, parts=[(query, 1.0), (GEESE, 0.3)])[0].document == "ferry.md"


def test_the_query_as_its_only_part_changes_nothing(library: Library) -> None:
    query = "passengers of the ferry Hanna"
    assert hits(library, query, parts=[(query, 1.0)]) == hits(library, query)


def test_parts_change_the_order_and_not_the_scores(library: Library) -> None:
    query = "When was the ferry Hanna built?"
    alone = {(h.document, h.start): h for h in hits(library, query)}
    led = hits(library, query, parts=[(GEESE, 1.0)])
    assert led[0].document == "news/geese.txt"
    assert {(h.document, h.start): h for h in led} == alone


# how much matches


def test_what_matches_is_counted_with_its_documents(library: Library) -> None:
    found = search("ferry Hanna", library, EMBEDDER)
    assert 1 <= found.documents <= found.matching <= library.counts()[1]
    assert not found.more  # every passage was looked at


@pytest.mark.parametrize(("count", "more"), [(30, False), (80, True)])
def test_a_count_that_may_be_too_low_says_so(tmp_path: Path, count: int, more: bool) -> None:
    articles = {f"{n}.txt": f"Geese number {n}\n\nGeese fly.\n" for n in range(count)}
    folder = write(tmp_path / "articles", articles)
    library = Library(tmp_path / "index", identity=EMBEDDER.identity, longest=800)
    sync_folder(folder, library, EMBEDDER, longest=800)
    found = search("geese", library, EMBEDDER)
    library.close()
    assert found.more is more
    assert found.matching >= min(count, 50)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    place = tmp_path_factory.mktemp("mixed")
    sets = (Path(__file__).parents[2] / "benchmarks/languages.jsonl").read_text(encoding="utf-8")
    found = {
        f"{one['language']}-{number}.md": f"# {title}\n\n{text}\n"
        for one in map(json.loads, sets.splitlines())
        for number, (title, text) in enumerate(one["articles"])
    }
    folder = write(place / "articles", {**ARTICLES, **found})
    library = Library(place / "index", identity=EMBEDDER.identity, longest=800)
    sync_folder(folder, library, EMBEDDER, longest=800)
    yield library
    library.close()


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("Bis wann dürfen Bäckereien öffnen?", "de-5.md"),
        ("Combien de brebis furent tuées par le loup ?", "fr-4.md"),
        ("¿Quién dirige los museos?", "es-2.md"),
        ("Кто построил каменные мосты?", "ru-1.md"),
        ("渡轮的航程有多久", "zh-0.md"),
        ("博物館の館長は誰ですか", "ja-2.md"),
        ("When was the Lund bridge opened?", "bridge.md"),
    ],
)
def test_a_question_finds_articles_of_its_language(
    mixed: Library, query: str, document: str
) -> None:
    words = asked_terms(query, mixed.languages())
    nothing = EMBEDDER.embed([""])[0]  # by its words alone
    ranked = fuse(mixed.match(nothing, words, limit=20))
    best = max((match for match, _ in ranked), key=lambda match: match.lexical)
    assert mixed.passages([best.number])[best.number].passage.document == document


def test_a_library_knows_its_languages(mixed: Library, library: Library) -> None:
    assert library.languages() == ("en",)
    assert set(mixed.languages()) == {"de", "en", "es", "fr", "ja", "ru", "zh"}
    assert mixed.document("fr-0.md").language == "fr"  # type: ignore[union-attr]
    infos = {info.id: info.language for info in mixed.documents()}
    assert infos["ru-3.md"] == "ru"
