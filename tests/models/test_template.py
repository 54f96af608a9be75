"""Chat templates are filled in as their makers mean them, and none can hold a load up."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models import load_llm, template
from rag.models.loading import bundled_file
from rag.models.template import LONGEST, fill_in

ASK = [{"role": "user", "content": "Who?"}]
SYSTEM = [{"role": "system", "content": "Be short."}, *ASK]
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m['content'] | trim }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
ENDLESS = {
    "a long range": "{% for i in range(10**9) %}{% endfor %}",
    "nested loops": "{% for i in range(99999) %}" * 2 + "{% endfor %}" * 2,
    "worked out when compiled": "{{ 3**(9**9*90) % 7 }}",
    "memory": "{{ 'a' * 10**10 }}",
    "memory in a filter": "{{ 'a' | center(10**10) }}",
    "much text": "{% for i in range(99999) %}aaaaaaaaaa{% endfor %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "deep": "{{ " + "(" * 50_000 + ")" * 50_000 + " }}",
    "long": " " * (LONGEST + 1),
}


def filled(template: str, *conversations: list[dict[str, str]]) -> list[str]:
    return fill_in(template, conversations or (ASK,), start="<s>", end="</s>")


def test_a_template_is_filled_in_for_each_conversation() -> None:
    assert filled(CHATML, SYSTEM, ASK) == [
        "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n"
        "<|im_start|>assistant\n",
        "<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n",
    ]


def test_what_templates_make_use_of_is_there() -> None:
    template = (
        "{{ bos_token }}{% for m in messages %}{% generation %}{{ m | tojson }}{% endgeneration %}"
        "{% break %}{% endfor %}{{ strftime_now('%Y') | length }}{{ tools is none }}{{ eos_token }}"
    )
    assert filled(template) == ['<s>{"role": "user", "content": "Who?"}4True</s>']


@pytest.mark.parametrize(
    "template",
    [
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}ok",
        "{% if messages[0].role == 'system' %}{{ messages.append }}{{ x.y.z }}{% endif %}ok",
    ],
)
def test_one_that_does_not_take_a_conversation(template: str) -> None:
    assert filled(template, SYSTEM, ASK) == ["", "ok"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ messages.append(1) }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_nothing_is_reached_from_it(template: str) -> None:
    assert filled(template) == [""]


@pytest.fixture
def shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process has two seconds, which is enough for a template that ends."""
    code = template._CODE.replace("; serve()", "; serve.__globals__['SECONDS'] = 2; serve()")
    assert code != template._CODE
    monkeypatch.setattr(template, "_CODE", code)
    assert filled(CHATML, ASK)[0]


def test_one_without_an_end_is_told() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with pytest.raises(ModelError, match=r"never ends, .* Choose another model"):
        filled(ENDLESS["a long range"])
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 10


@pytest.mark.usefixtures("shortly")
def test_nor_does_any_other_take_for_ever() -> None:
    for kind, endless in ENDLESS.items():
        with pytest.raises(ModelError, match=r"never ends, .* Choose another model"):
            pytest.fail(f"{kind}: {filled(endless)}")


@pytest.mark.usefixtures("shortly")
@pytest.mark.parametrize("kind", ["nested loops", "worked out when compiled"])
def test_a_hostile_file_does_not_hold_up_the_load(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "hostile.gguf"
    path.write_bytes(with_template(bundled_file().read_bytes(), ENDLESS[kind]))
    began = time.process_time()
    with pytest.raises(ModelError, match="The chat template of the model file never ends"):
        load_llm(str(path), threads=1)
    assert time.process_time() - began < 60
    path.unlink()


def with_template(raw: bytes, template: str) -> bytes:
    """A GGUF file with another chat template of the same length, so that nothing in it moves."""
    key = b"tokenizer.chat_template"
    at = raw.index(key) + len(key) + 4  # after the kind of the value
    length = int.from_bytes(raw[at : at + 8], "little")
    assert len(template) <= length
    return raw[: at + 8] + template.encode().ljust(length) + raw[at + 8 + length :]
