"""Whether the tests notice a fault: plants fifty, one at a time, in a copy, and runs a few tests.

    python benchmarks/mutations.py [--only NAME …] [--commit HEAD]

Each fault is a change of one place in the code with the tests that should fail by it. The copy is
of a commit, in a temporary folder; the working tree is never touched. A fault that no test notices
has survived. Exit code 0 when all are caught.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 300  # seconds for the tests of one fault


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault: `old`, which stands once in `file`, becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


FAULTS = (
    # places of characters
    Fault(
        "a quote ends a character early",
        "rag/schema.py",
        "span.end - self.start]",
        "span.end - self.start - 1]",
        ("tests/retrieval/test_search.py", "tests/evidence/test_scoring.py"),
    ),
    Fault(
        "a sentence begins a character late",
        "rag/documents/sentences.py",
        "start = span.start + len(words) - len(words.lstrip())",
        "start = span.start + len(words) - len(words.lstrip()) + 1",
        ("tests/documents/test_sentences.py",),
    ),
    Fault(
        "a passage ends a character early",
        "rag/documents/split.py",
        "end=sentences[-1].outer.end,",
        "end=sentences[-1].outer.end - 1,",
        ("tests/documents/test_split.py",),
    ),
    Fault(
        "a passage goes on over a heading",
        "rag/documents/split.py",
        "first.outer.start in starts",
        "first.outer.start in ()",
        ("tests/documents/test_split.py",),
    ),
    Fault(
        "the row of a table is cut",
        "rag/documents/sentences.py",
        "if is_row(text[line.start : line.end]):",
        "if is_row(text[line.start : line.end]) and line.end - line.start <= longest:",
        ("tests/documents/test_sentences.py", "tests/documents/test_split.py"),
    ),
    Fault(
        "places do not move with letters that are taken out",
        "rag/documents/read.py",
        "return at - total[before]",
        "return at",
        ("tests/documents/test_read.py", "tests/documents/test_html.py"),
    ),
    # proof
    Fault(
        "a lost figure is accepted",
        "rag/verification/values.py",
        "lost_figure(claim, source)\n        or lost_count(claim, source)",
        "lost_count(claim, source)",
        ("tests/verification",),
    ),
    Fault(
        "names are not compared",
        "rag/verification/values.py",
        "        or lost_name(rest, source)\n",
        "",
        ("tests/verification",),
    ),
    Fault(
        "dates are not compared",
        "rag/verification/values.py",
        "        or lost_date(claim, source)\n",
        "",
        ("tests/verification",),
    ),
    Fault(
        "words in quotation marks are not compared",
        "rag/verification/values.py",
        "        or _lost_words(claim, source)\n",
        "",
        ("tests/verification",),
    ),
    Fault(
        "how a figure is bounded is not compared",
        "rag/values/figures.py",
        "    if claimed.bound == held or (",
        "    if claimed.bound != held or (",
        ("tests/values",),
    ),
    Fault(
        "what judge and model hold unlikely stands",
        "rag/verification/prove.py",
        "if likely < SURE:",
        "if likely < 0.0:",
        ("tests/verification",),
    ),
    Fault(
        "words in another order are the source's own sentence",
        "rag/verification/prove.py",
        "if said and tokens(one.quote) == said:",
        "if said and sorted(tokens(one.quote)) == sorted(said):",
        ("tests/verification",),
    ),
    Fault(
        "sentences of two articles prove together",
        "rag/verification/prove.py",
        "if len({one.document for one in chosen}) == 1:",
        "if chosen:",
        ("tests/verification",),
    ),
    Fault(
        "the refusal line is ignored",
        "rag/pipeline.py",
        "bool(one.used) and one.confidence >= line for",
        "bool(one.used) for",
        ("tests/test_pipeline.py",),
    ),
    Fault(
        "one number stands for two quotes",
        "rag/pipeline.py",
        "e.citation(self.numbers.setdefault((e.document, e.start, e.end), len(self.numbers) + 1))",
        "e.citation(1)",
        ("tests/test_pipeline.py", "tests/test_assistant.py", "tests/chats/test_chat.py"),
    ),
    # search and the library
    Fault(
        "the filter by article is not applied",
        "rag/retrieval/search.py",
        "documents=filters.documents,",
        "documents=None,",
        ("tests/retrieval",),
    ),
    Fault(
        "the weights of fusion are the wrong way round",
        "rag/retrieval/search.py",
        "DENSE_SHARE = 0.4",
        "DENSE_SHARE = 0.6",
        ("tests/retrieval", "tests/test_doctests.py"),
    ),
    Fault(
        "a filter by date leaves its last day out",
        "rag/library/store.py",
        '("<=", before)',
        '("<", before)',
        ("tests/library/test_store.py", "tests/library/test_library.py"),
    ),
    Fault(
        "what is removed keeps its vectors",
        "rag/library/vectors.py",
        "            gone = [*removed, *(number for",
        "            gone = [*(number for",
        ("tests/library/test_vectors.py", "tests/library/test_library.py"),
    ),
    Fault(
        "what is removed keeps its words",
        "rag/library/lexical.py",
        "            elif removed:\n",
        "            elif removed and False:\n",
        ("tests/library/test_lexical.py", "tests/library/test_library.py"),
    ),
    Fault(
        "the vectors' generation is ignored",
        "rag/library/vectors.py",
        "        if self.seen == generation:\n            return True",
        "        if self.seen:\n            return True",
        ("tests/library/test_library.py",),
    ),
    Fault(
        "vectors of other rows are taken",
        "rag/library/vectors.py",
        'return bool(facts["library"] == owner and checksum',
        "return bool(checksum",
        ("tests/library/test_vectors.py", "tests/library/test_damage.py"),
    ),
    Fault(
        "a sync does not see that content changed",
        "rag/library/looking.py",
        "unchanged = (state.size, state.modified) == (file.size, file.modified)",
        "unchanged = True",
        ("tests/library/test_sync.py",),
    ),
    Fault(
        "a change within the clock's grain is not looked for",
        "rag/library/looking.py",
        " and now - file.modified > _RECENT_NS",
        "",
        ("tests/library/test_sync.py", "tests/library/test_sync_moves.py"),
    ),
    # conversations
    Fault(
        "earlier turns are ignored",
        "rag/chats/chat.py",
        "history=history(t for t in self.turns if t.answer is not None),",
        "history=(),",
        ("tests/chats/test_chat.py",),
    ),
    Fault(
        "a quote is not escaped in an export to HTML",
        "rag/chats/html.py",
        "{in_html(item.quote)}",
        "{item.quote}",
        ("tests/chats/test_export.py",),
    ),
    Fault(
        "an export that was changed is read",
        "rag/chats/saved.py",
        'if data.get("sha256") != _seal(rest):',
        'if data.get("sha256") is None:',
        ("tests/chats/test_export.py",),
    ),
    Fault(
        "the digest of an article that changed since is noted",
        "rag/chats/standing.py",
        "if document is not None and _all_there(document.text, quotes):",
        "if document is not None:",
        ("tests/chats",),
    ),
    Fault(
        "a page of the own network is fetched",
        "rag/documents/network.py",
        "if not self._allowed(ipaddress.ip_address(address)):",
        "if not self._allowed(ipaddress.ip_address(addresses[0])):",
        ("tests/documents/test_network.py", "tests/documents/test_fetch.py"),
    ),
    # and less plain ones
    Fault(
        "of two places of a moved quote the first is taken",
        "rag/chats/standing.py",
        "return min(places, key=lambda place: abs(place - start), default=None)",
        "return min(places, default=None)",
        ("tests/chats/test_standing.py",),
    ),
    Fault(
        "what was deleted stays in the journal",
        "rag/chats/store.py",
        '        self._db.all("PRAGMA wal_checkpoint(TRUNCATE)")',
        '        self._db.all("PRAGMA wal_checkpoint(PASSIVE)")',
        ("tests/chats/test_store.py", "tests/chats/test_store_file.py"),
    ),
    Fault(
        "a chat is not held to its articles",
        "rag/chats/chat.py",
        "documents=info.documents if info else None,",
        "documents=None,",
        ("tests/chats/test_chat.py",),
    ),
    Fault(
        "a failure overwrites an answer",
        "rag/chats/store.py",
        "WHERE id = ? AND answer IS NULL",
        "WHERE id = ?",
        ("tests/chats",),
    ),
    Fault(
        "the data of an export closes the element around it",
        "rag/chats/export.py",
        "return json.dumps(data).translate(_MARKUP)",
        "return json.dumps(data)",
        ("tests/chats/test_export.py",),
    ),
    Fault(
        "what a person reads of an export may be changed",
        "rag/chats/saved.py",
        'or (shown and data["shown"] != _seal_of_text(shown))',
        "",
        ("tests/chats/test_export.py",),
    ),
    Fault(
        "an export may say what its claims do not",
        "rag/chats/saved.py",
        'return plain.get("text") == answer.text and cited == answer.citations',
        "return cited == answer.citations",
        ("tests/chats/test_export.py",),
    ),
    Fault(
        "a new article takes the place of one of its name",
        "rag/library/articles.py",
        "        os.link(aside, path)  # unlike a rename, never in place of another",
        "        os.replace(aside, path)",
        ("tests/library/test_articles.py",),
    ),
    Fault(
        "a removed article's file is gone for good",
        "rag/library/articles.py",
        "shutil.move(path, kept)",
        "path.unlink()",
        ("tests/library/test_articles.py",),
    ),
    Fault(
        "an index takes another folder's articles",
        "rag/library/sync.py",
        "    if not shared and any(",
        "    if not shared and not any(",
        ("tests/library/test_sync.py", "tests/library/test_folder.py"),
    ),
    Fault(
        "an empty folder empties the library",
        "rag/library/roots.py",
        "if here.empty and any(",
        "if here.empty and not known and any(",
        ("tests/library/test_sync.py", "tests/library/test_folder.py", "tests/test_opening.py"),
    ),
    Fault(
        "a file that changed while it was read is stored",
        "rag/library/ingest.py",
        "if hashlib.sha256(raw).hexdigest() != state.digest:",
        "if not state.digest:",
        ("tests/library/test_sync.py", "tests/library/test_sync_moves.py"),
    ),
    Fault(
        "a correction outlives its article",
        "rag/library/store.py",
        'for table in ("copies", "corrections"):',
        'for table in ("copies",):',
        ("tests/library/test_corrections.py",),
    ),
    Fault(
        "a moved article keeps what it was known as to itself",
        "rag/library/store.py",
        'db.execute("INSERT OR REPLACE INTO former VALUES (?, ?)", (before, now))',
        "pass",
        ("tests/library/test_sync_moves.py", "tests/library/test_store.py"),
    ),
    Fault(
        "words of other rows are taken",
        "rag/library/lexical.py",
        'if facts["library"] == self._owner:',
        'if facts["library"]:',
        ("tests/library/test_lexical.py",),
    ),
    Fault(
        "flipped bits in vectors are not told",
        "rag/library/seals.py",
        'return "" if noted[1] == now[1] else',
        'return "" if noted[0] == now[0] else',
        ("tests/library/test_repair.py", "tests/library/test_damage.py"),
    ),
    Fault(
        "bylines answer",
        "rag/retrieval/search.py",
        "and (boilerplate or not passages[match.number].passage.boilerplate)",
        "",
        ("tests/retrieval",),
    ),
    Fault(
        "a minus is lost",
        "rag/values/figures.py",
        'sign = -1.0 if match["minus"] else 1.0',
        "sign = 1.0",
        ("tests/values",),
    ),
    Fault(
        "a zip is unpacked whatever it holds",
        "rag/documents/limits.py",
        "    if total > UNPACKED:",
        "    if total > UNPACKED and len(entries) > ENTRIES:",
        ("tests/documents/test_hostile.py", "tests/documents/test_formats.py"),
    ),
    Fault(
        "proof may lie far from what it is about",
        "rag/verification/prove.py",
        "if 0 <= one.start - e.end <= _GAP",
        "if 0 <= one.start - e.end",
        ("tests/verification",),
    ),
)


def main() -> int:
    """Plant each fault and say which were caught."""
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    given.add_argument("--only", nargs="+", default=[], help="parts of the faults' names")
    given.add_argument("--commit", default="HEAD", help="what is copied")
    options = given.parse_args()
    wanted = [f for f in FAULTS if not options.only or any(o in f.name for o in options.only)]
    survived, began = [], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="quoth-mutations-") as place:
        copy = Path(place)
        unpack(options.commit, copy)
        stale = [fault.name for fault in wanted if not stands(fault, copy)]
        if stale:
            raise SystemExit(f"These do not stand once in their file any more: {'; '.join(stale)}")
        every = sorted({t for fault in wanted for t in fault.tests})
        broken = run(every, copy, patience=10 * PATIENCE)
        if broken:
            raise SystemExit(f"These tests fail without any fault, so nothing is told:\n{broken}")
        print(f"{len(wanted)} faults; without any, their tests pass", flush=True)
        for fault in wanted:
            failed = planted(fault, copy)
            if not failed:
                survived.append(fault.name)
            said = f"caught    {fault.name}: {failed}" if failed else f"SURVIVED  {fault.name}"
            print(f"{time.monotonic() - began:6.0f} s  {said}", flush=True)
    print(f"{len(wanted) - len(survived)} of {len(wanted)} caught")
    return int(bool(survived))


def unpack(commit: str, copy: Path) -> None:
    packed = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
        tree.extractall(copy, filter="data")


def stands(fault: Fault, copy: Path) -> bool:
    return (copy / fault.file).read_text("utf-8").count(fault.old) == 1


def planted(fault: Fault, copy: Path) -> str:
    """The first test that fails by a fault; empty where none does."""
    file = copy / fault.file
    before = file.read_text("utf-8")
    file.write_text(before.replace(fault.old, fault.new), "utf-8")
    try:
        return run(fault.tests, copy)
    finally:
        file.write_text(before, "utf-8")


def run(tests: list[str] | tuple[str, ...], copy: Path, patience: float = PATIENCE) -> str:
    """Run tests in the copy until one fails; what failed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    # no compiled files: one written within the same second would hide the change
    own = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "HF_HUB_OFFLINE": "1"}
    try:
        done = subprocess.run(
            command, cwd=copy, env=own, capture_output=True, text=True, timeout=patience
        )
    except subprocess.TimeoutExpired:
        return f"not done within {patience:.0f} s"
    if done.returncode == 0:
        return ""
    told = [
        line
        for line in done.stdout.splitlines()
        if line.startswith(("FAILED tests", "ERROR tests"))
    ]
    return told[0].split(" - ")[0] if told else done.stdout[-500:] + done.stderr[-500:]


if __name__ == "__main__":
    raise SystemExit(main())
