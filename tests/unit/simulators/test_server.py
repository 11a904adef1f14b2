"""The simulator as a process: its port, its answers to good and bad requests, its end, and what it keeps."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli import ROOT

ORDER = "ord_" + "a" * 26

type Spawn = Callable[[], "Program"]


class Program:
    """The payment provider, on a port that the kernel chose."""

    def __init__(self, folder: Path) -> None:
        log = folder / "log"
        command = ["--port", "0", "--book", str(folder / "book.jsonl"), "--api-key", "key"]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "simulators.payment_provider", *command],
                env={"PATH": os.defpath, "PYTHONPATH": str(ROOT / "scripts"), "PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 30
        while not (found := re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text())):
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{found[1]}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=sent)  # noqa: S310
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=30)


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    spawned: list[Program] = []

    def made() -> Program:
        spawned.append(Program(tmp_path))
        return spawned[-1]

    yield made
    for program in spawned:
        if program.process.poll() is None:
            program.end()


def test_bad_requests_are_answered_when_the_program_runs(spawn: Spawn) -> None:
    program = spawn()

    assert program.ask("GET", "/nothing") == (404, {"error": "no GET /nothing here"})
    assert program.ask("PUT", "/scenarios", b"{")[0] == 400
    assert program.ask("PUT", "/scenarios", b"[]") == (400, {"error": "ValueError: the body must be a JSON object"})
    assert program.ask("POST", "/release", b"{}") == (400, {"error": "KeyError: 'order_id'"})
    assert program.ask("GET", "/book")[0] == 200


def test_payment_stays_booked_when_the_program_is_stopped_and_started(spawn: Spawn) -> None:
    body = json.dumps({"order_id": ORDER, "amount": 500, "currency": "EUR"}).encode()
    program = spawn()
    program.ask("PUT", "/scenarios", json.dumps({ORDER: "capture"}).encode())
    first = program.ask("POST", "/payments", body, X_Api_Key="key", Idempotency_Key="k-1")
    book = program.ask("GET", "/book")[1]
    code = program.end()

    again = spawn()

    assert code == 0
    assert again.ask("GET", "/book")[1]["entries"] == book["entries"]
    assert again.ask("GET", "/book")[1]["pending_callbacks"] == 1
    assert again.ask("POST", "/payments", body, X_Api_Key="key", Idempotency_Key="k-1") == first
    assert [entry["kind"] for entry in book["entries"]] == ["scenario", "payment", "capture", "call"]
