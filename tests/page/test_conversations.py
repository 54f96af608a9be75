from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rag.chats import ChatInfo
from rag.page.conversations import by_date

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def chat(title: str, when: datetime) -> ChatInfo:
    return ChatInfo(title, title, when, when, 1, None)


def test_chats_stand_under_their_dates_in_order() -> None:
    ago = [timedelta(hours=1), timedelta(days=1), timedelta(days=4), timedelta(days=40)]
    chats = [chat(str(n), NOW - some) for n, some in enumerate(ago)]
    assert [(words, [c.title for c in some]) for words, some in by_date(chats, NOW)] == [
        ("Today", ["0"]),
        ("Yesterday", ["1"]),
        ("The last seven days", ["2"]),
        ("February 2026", ["3"]),
    ]


def test_the_day_is_that_of_the_person() -> None:
    asked = [chat("a", datetime(2026, 3, 19, 23, 30, tzinfo=UTC))]
    assert next(by_date(asked, NOW))[0] == "Yesterday"
    assert next(by_date(asked, NOW.astimezone(ZoneInfo("Asia/Tokyo"))))[0] == "Today"


def test_a_clock_that_was_put_back_makes_no_future() -> None:
    assert next(by_date([chat("a", NOW + timedelta(days=2))], NOW))[0] == "Today"
