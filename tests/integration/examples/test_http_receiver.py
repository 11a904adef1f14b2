"""The receiver as a separate process, over HTTP on loopback."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from examples.http_receiver.inbox import Inbox
from examples.http_receiver.server import MAX_BYTES
from orderflow_cli import ROOT
from tests.support.sns_signer import TOPIC_ARN, Signer, request


@contextmanager
def program(tmp_path: Path, *arguments: str) -> Iterator[int]:
    """Run the receiver and yield its port; the receiver must exit on SIGTERM."""
    command = [sys.executable, "-m", "examples.http_receiver", "--port", "0", "--topic", TOPIC_ARN]
    command += ["--inbox", str(tmp_path / "inbox.sqlite"), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().rpartition(":")[2])
        finally:
            process.terminate()


def post(port: int, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())["result"]


def test_program_rejects_forged_and_raw_messages_by_default(tmp_path: Path) -> None:
    message = {**Signer().notification(), "SigningCertURL": "https://example.com/SimpleNotificationService-1.pem"}

    with program(tmp_path) as port:
        answer = post(port, *request(message))
        raw_delivery_answer = post(port, {"x-amz-sns-rawdelivery": "true", "x-amz-sns-topic-arn": TOPIC_ARN}, b"text")

    assert answer == (403, "SigningCertURL must be an https URL of the SNS endpoint of the topic's Region")
    assert raw_delivery_answer == (403, "a raw delivery has no signature and is not accepted")


def test_program_accepts_raw_messages_when_configured(tmp_path: Path) -> None:
    headers = {"x-amz-sns-rawdelivery": "true", "x-amz-sns-topic-arn": TOPIC_ARN, "x-amz-sns-message-id": "m-1"}

    with program(tmp_path, "--raw") as port:
        assert post(port, headers, b"text") == (200, "received")

    inbox = Inbox(tmp_path / "inbox.sqlite")
    assert inbox.messages() == ["text"]
    inbox.close()


def test_too_large_body_is_rejected_without_reading_it(tmp_path: Path) -> None:
    with program(tmp_path) as port, closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", str(MAX_BYTES + 1))
        connection.endheaders()

        assert connection.getresponse().status == 413


@pytest.mark.parametrize("url", ["https://127.0.0.1:4566", "http://example.com:4566", "http://127.0.0.1:4566/path"])
def test_emulator_url_that_is_not_http_on_loopback_is_rejected(tmp_path: Path, url: str) -> None:
    command = [sys.executable, "-m", "examples.http_receiver", "--topic", TOPIC_ARN, "--unsigned-from", url]

    result = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False, capture_output=True)

    assert result.returncode == 2
    assert b"must be http://127.0.0.1:<port> or http://localhost:<port>" in result.stderr


def test_requirements_match_the_tested_versions() -> None:
    pin_pattern = r"^(\S+)==(\S+)"
    own_lock, tested_lock = ((ROOT / "requirements" / f"{name}.txt").read_text() for name in ("http_receiver", "dev"))
    own_pins, tested_pins = (dict(re.findall(pin_pattern, lock, re.MULTILINE)) for lock in (own_lock, tested_lock))

    assert "cryptography" in own_pins
    assert own_pins.items() <= tested_pins.items()
    assert own_lock.count("--hash=sha256:") >= len(own_pins)
