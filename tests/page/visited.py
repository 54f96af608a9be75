"""The page as Streamlit draws it for a test, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.chats import Turn
from rag.service.engine import Engine
from tests.slow import until

Visit = Callable[..., AppTest]


@dataclass
class Place:
    """A tab with what it shows."""

    tab: AppTest
    engine: Engine
    assistant: Assistant

    @property
    def chat(self) -> str:
        """The conversation that the address names."""
        named = self.tab.query_params.get("chat", [""])
        return named if isinstance(named, str) else named[0]

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.assistant.chats.turns(self.chat)

    def ask(self, question: str, *, wait: bool = True) -> Turn:
        self.tab.chat_input[0].set_value(question).run()
        assert not self.tab.exception
        if wait:
            self.settle()
        return self.turns[-1]

    def settle(self) -> None:
        """Wait for the answers, then draw the page as the tab itself would."""
        until(lambda: not self.engine.questions.busy())
        self.tab.run()
        assert not self.tab.exception

    def click(self, key: str) -> None:
        self.tab.button(key=key).click().run()
        assert not self.tab.exception

    def drawn(self) -> list[str]:
        """The keys of the components on the page, in order."""
        nodes = list(self.tab.main)
        return [
            key for node in nodes if (key := getattr(node, "key", None)) and node.type not in PLAIN
        ]

    def said(self) -> str:
        shown = [*self.tab.markdown, *self.tab.caption, *self.tab.error, *self.tab.warning]
        return "\n".join(str(e.value) for e in shown)

    def buttons(self) -> list[str]:
        return [str(button.key) for button in self.tab.button]


PLAIN = ("button",)
