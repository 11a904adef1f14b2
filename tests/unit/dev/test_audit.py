import argparse
from pathlib import Path

import pytest

from dev.commands import audit
from orderflow_cli import ROOT, UserError


def run(monkeypatch: pytest.MonkeyPatch, script: str) -> int:
    monkeypatch.setattr(audit, "command", lambda lock: ["sh", "-c", script])
    return audit.run(argparse.Namespace(lock=["lambda"]))


def test_audit_passes_when_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "echo No known vulnerabilities found >&2") == 0


def test_audit_fails_and_shows_it_when_a_package_is_affected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "echo jmespath 1.1.0 GHSA-1; exit 1") == 1
    assert "jmespath 1.1.0 GHSA-1" in capsys.readouterr().out


@pytest.mark.parametrize("said", ["Max retries exceeded with url", "jmespath could not be audited: jmespath (1.1.0)"])
def test_audit_is_no_pass_when_the_index_was_not_asked(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    with pytest.raises(UserError, match="cannot be had"):
        run(monkeypatch, f"echo '{said}' >&2; exit 1")


def test_every_lock_is_audited_when_none_is_named() -> None:
    assert set(audit.LOCKS) == {lock.stem for lock in (ROOT / "requirements").glob("*.txt")}


def test_unknown_lock_is_refused_when_named() -> None:
    with pytest.raises(UserError, match="no lock other"):
        audit.run(argparse.Namespace(lock=["other"]))


def test_nothing_is_installed_when_a_lock_is_audited() -> None:
    command = audit.command(Path("lambda.txt"))

    assert {"--require-hashes", "--disable-pip", "--strict"} <= set(command)
