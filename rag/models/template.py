"""A model file's chat template filled in, by a process of its own with limits of time and memory.

A template is a program of whoever made the file. Jinja's sandbox keeps it from files and modules,
not from loops without an end; so even to compile it is that process' matter. Knows nothing of
tokens and models.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rag.errors import ModelError

LONGEST = 1 << 18  # characters of a template and of what it makes; the usual ones have 10,000
SECONDS = 5  # of computing
MEMORY = 1 << 29  # bytes
_WAITING = 60.0  # seconds that pass at most, on a busy machine too
_ROOT = str(Path(__file__).parents[2])
_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from rag.models.template import serve; serve()"
)

Messages = Sequence[dict[str, str]]


def fill_in(template: str, conversations: Sequence[Messages], *, start: str, end: str) -> list[str]:
    """What a template in Jinja's language makes of each conversation; empty where it takes none.

    `start` and `end` are those of the model's texts, as the template is told.

    Raises:
        ModelError: It takes more than the limits.
    """
    request = {"template": template, "conversations": conversations, "start": start, "end": end}
    if len(template) > LONGEST:
        raise _refused()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _CODE, _ROOT],
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WAITING,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise _refused() from error
    made: list[str] = json.loads(done.stdout)
    return made


def _refused() -> ModelError:
    return ModelError(
        "The chat template of the model file never ends, or takes far more than one that puts a "
        "question in order. Choose another model, or get the file from its maker."
    )


def serve() -> None:
    """Be the process: fill in what comes in. Ends with an error where it takes too much."""
    request = json.loads(sys.stdin.buffer.read())
    from jinja2.sandbox import SandboxedEnvironment  # noqa: F401  loaded before the limits

    _limit()
    made = [_filled(request, messages) for messages in request["conversations"]]
    if sum(map(len, made)) > LONGEST:
        sys.exit(1)
    sys.stdout.write(json.dumps(made))


def _filled(request: dict[str, Any], messages: Messages) -> str:
    try:
        template = _environment().from_string(request["template"])
        filled: str = template.render(
            messages=messages,
            bos_token=request["start"],
            eos_token=request["end"],
            add_generation_prompt=True,
            tools=None,
            functions=None,
            function_call=None,
            tool_choice=None,
        )
    except (MemoryError, OverflowError, RecursionError):  # `range` without an end among them
        raise
    except Exception:  # its makers' program may fail in any way, at a role that it does not know
        return ""
    return filled


def _environment() -> Any:
    """Jinja as Transformers sets it up for such templates."""
    from datetime import datetime

    from jinja2.ext import Extension, loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """`{% generation %}` marks what a model is trained on, and prints what is in it."""

        tags = {"generation"}  # noqa: RUF012  as Jinja has it

        def parse(self, parser: Any) -> Any:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def fail(why: str) -> None:
        raise ValueError(why)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = _as_json
    environment.globals |= {
        "raise_exception": fail,
        "strftime_now": lambda form: datetime.now().strftime(form),
    }
    return environment


def _as_json(value: Any, **options: Any) -> str:
    return json.dumps(value, **({"ensure_ascii": False} | options))


def _limit() -> None:
    """Hold this process to the limits, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
