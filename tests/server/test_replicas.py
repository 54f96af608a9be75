"""Two replicas behind nginx over one Milvus: one is killed under load, and nobody notices."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.milvus_process import MilvusProcess
from tests.replicas import NGINX, Nginx, Replica
from tests.server.served import SAID
from tests.slow import until
from tests.world import ARTICLES, write

CALLERS = 4


@pytest.fixture
def replicas(tmp_path: Path, milvus_process: MilvusProcess) -> Iterator[list[Replica]]:
    if NGINX is None:
        pytest.skip("no nginx was found; install Debian's package nginx-light")
    folder, library = write(tmp_path / "articles", ARTICLES), milvus_process.library("replicas")
    both = [Replica(folder, tmp_path / f"index{n}", library) for n in range(2)]
    try:
        for one in both:
            one.start()
            one.await_ready()
        yield both
    finally:
        for one in both:
            one.stop()


def has_answered(one: Replica) -> bool:
    """Whether it has answered a question since it was started."""
    told = httpx2.get(f"{one.address}/metrics", timeout=30).text
    return 'quoth_questions_total{outcome="answered"}' in told


def test_one_is_killed_under_load_and_no_request_fails(
    replicas: list[Replica], tmp_path: Path
) -> None:
    came, over = Counter[str](), threading.Event()

    def caller(address: str) -> None:
        while not over.is_set():
            for question, says in SAID.items():
                response = httpx2.post(
                    f"{address}/v1/ask", json={"question": question}, timeout=120
                )
                answer = response.json()
                right = answer.get("question") == question and says in answer.get("text", "")
                came["right" if right else f"{response.status_code} {response.text[:200]}"] += 1

    with Nginx(tmp_path / "nginx", replicas) as nginx, ThreadPoolExecutor(CALLERS) as pool:
        asking = [pool.submit(caller, nginx.address) for _ in range(CALLERS)]
        try:
            for one in replicas:  # each in turn, so that whichever was asked last is killed too
                before = came.total()
                until(lambda before=before: came.total() >= before + 20)
                one.kill()
                until(lambda before=before: came.total() >= before + 40)
                one.start()
                one.await_ready()
                until(lambda one=one: has_answered(one))  # so that nginx asks it again
        finally:
            over.set()
        for one in asking:
            one.result()
    assert set(came) == {"right"}
