"""`orderflow-dev permissions`: what it shows, and which grants it takes away to see what fails."""

import argparse
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dev.commands import permissions as command
from dev.permissions.calls import Call
from dev.permissions.grants import Grant
from dev.permissions.listed import Entry
from orderflow_cli import UserError

READ = Entry(Grant("storefront_api", "dynamodb:GetItem", "table/orders"), "test_read", "")
KEY = Entry(Grant("storefront_api", "kms:Decrypt", "key/*"), "plan", "the emulator asks nobody")
PUBLISHED = [
    Entry(Grant("webhooks", "events:PutEvents", "bus", f"events:detail-type={kind}"), f"test_{kind}", "")
    for kind in ("A", "B")
]
type Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(command.listed, "read", lambda _: [READ, KEY, *PUBLISHED])

    def running(action: str, *, role: str | None = None, grant: str | None = None) -> int:
        return command.run(argparse.Namespace(action=action, role=role, grant=grant))

    return running


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The pytest sessions that were run; one fails where a grant is missing."""
    made: list[dict[str, Any]] = []

    def foreground(arguments: list[str], *, env: dict[str, str], **_: Any) -> int:
        made.append({"tests": arguments[arguments.index("-k") + 1], "without": env.get("ORDERFLOW_E2E_WITHOUT", "")})
        return 1 if made[-1]["without"] else 0

    monkeypatch.setattr(command, "foreground", foreground)
    monkeypatch.delenv("ORDERFLOW_E2E_WITHOUT", raising=False)
    return made


def test_each_grant_that_is_asked_for_is_taken_away_once_when_proven(run: Run, sessions: list[dict[str, Any]]) -> None:
    assert run("prove") == 0

    assert sessions == [
        {"tests": "test_A or test_read", "without": ""},
        {"tests": "test_read", "without": "storefront_api dynamodb:GetItem table/orders"},
        {"tests": "test_A", "without": "webhooks events:PutEvents bus"},
    ]


def test_proof_fails_when_nothing_fails_without_a_grant(
    run: Run, sessions: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "foreground", lambda *_, **__: 0)

    assert run("prove", role="storefront_api") == 1


@pytest.mark.parametrize(("code", "said"), [(1, "with every grant in place"), (2, "could not be run")])
def test_proof_is_none_when_tests_fail_anyway(run: Run, monkeypatch: pytest.MonkeyPatch, code: int, said: str) -> None:
    monkeypatch.setattr(command, "foreground", lambda *_, **__: code)

    with pytest.raises(UserError, match=said):
        run("prove")


def test_problem_is_told_when_no_grant_is_meant(run: Run) -> None:
    with pytest.raises(UserError, match="no such grant"):
        run("prove", grant="kms:Decrypt")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (Call("storefront_api", "dynamodb:GetItem", "table/orders"), 0),
        (Call("storefront_api", "dynamodb:PutItem", "table/orders"), 1),
    ],
)
def test_call_without_a_grant_is_a_failure_when_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], call: Call, code: int
) -> None:
    monkeypatch.setattr(command, "LocalCloud", lambda: SimpleNamespace(is_running=lambda: True))
    monkeypatch.setattr(command.applied, "called", lambda _: {call})

    assert run("show") == code
    assert (f"✗ {call} is called and not granted" in capsys.readouterr().out) == bool(code)


def test_way_out_is_told_when_no_cloud_runs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LocalCloud", lambda: SimpleNamespace(is_running=lambda: False))

    with pytest.raises(UserError, match="make up"):
        run("show")
