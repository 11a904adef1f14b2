"""The command line: commands, their imports, and exit codes."""

import argparse
import errno
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from dev.__main__ import ORDERFLOW_DEV
from orderflow_cli import ROOT, UserError
from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.cli import CommandLine


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """The only command, `invented`; tests replace its `run`."""
    (tmp_path / "invented.py").write_text('HELP = "Invented."')
    module = SimpleNamespace(
        HELP="Invented.", configure=lambda parser: parser.add_argument("words", nargs="*"), run=None
    )
    monkeypatch.setitem(sys.modules, "invented_commands.invented", module)
    return module


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    package = ModuleType("invented_commands")
    package.__path__ = [str(tmp_path)]
    return CommandLine("orderflow", "A program for tests.", package)


def failing_run(error: BaseException) -> Callable[[object], int]:
    def run(_: object) -> int:
        raise error

    return run


READ_ONLY_ERROR = OSError(errno.EROFS, "Read-only file system", "/clone/dist")


@pytest.mark.parametrize(
    ("run", "code", "text"),
    [
        (lambda _: 0, 0, ""),
        (lambda _: 1, 1, ""),
        (failing_run(UserError("Port 4566 is in use.")), 1, "orderflow: Port 4566 is in use.\n"),
        (failing_run(READ_ONLY_ERROR), 1, "orderflow: /clone/dist cannot be opened or written: the file system is"),
        (failing_run(KeyboardInterrupt()), 130, ""),
    ],
)
def test_command_returns_an_exit_code_and_reports_the_error(
    cli: CommandLine, command: SimpleNamespace, capsys: pytest.CaptureFixture[str], *, run: object, code: int, text: str
) -> None:
    command.run = run

    assert cli.main(["invented"]) == code
    assert capsys.readouterr().err.startswith(text)


@pytest.mark.usefixtures("command")
def test_help_is_shown_when_no_command_is_named(cli: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "Invented." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "text"), [({}, "interrupted"), ({"interruption_message": lambda: "It continues."}, "It continues.")]
)
def test_interrupt_prints_the_commands_own_message_if_it_has_one(
    cli: CommandLine, command: SimpleNamespace, module: dict[str, Any], text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def run(_: argparse.Namespace) -> int:
        signal.raise_signal(signal.SIGINT)
        return 0

    command.run = run
    vars(command).update(module)

    assert cli.main(["invented"]) == 130

    first_line, last_line = capfd.readouterr().err.splitlines()
    assert "interrupted; stopping" in first_line
    assert last_line == f"orderflow: {text}"


def test_aws_region_overrides_aws_default_region_for_boto3(
    cli: CommandLine, command: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    command.run = lambda _: int(boto3.client("sqs").meta.region_name == "eu-north-1")

    assert cli.main(["invented"]) == 1


def test_arguments_after_a_double_dash_are_passed_through(cli: CommandLine, command: SimpleNamespace) -> None:
    parsed_arguments: list[argparse.Namespace] = []
    command.run = lambda args: parsed_arguments.append(args) or 0

    cli.main(["invented", "one", "--", "-k", "two"])

    assert parsed_arguments[0].words == ["one"]
    assert parsed_arguments[0].rest == ["-k", "two"]


COMMANDS = [
    pytest.param(line, name, id=f"{line.prog} {name}") for line in (ORDERFLOW, ORDERFLOW_DEV) for name in line.names()
]


@pytest.mark.parametrize(("line", "name"), COMMANDS)
def test_command_shows_its_help(line: CommandLine, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        line.main([name, "--help"])

    assert "usage: orderflow" in capsys.readouterr().out


def test_make_help_fits_in_80_columns() -> None:
    text = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert "  demo " in text
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_only_the_given_command_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("orderflow_cli.commands.")]:
        monkeypatch.delitem(sys.modules, name)

    ORDERFLOW.build_parser("down")

    imported_modules = {name for name in sys.modules if name.startswith("orderflow_cli.commands.")}
    assert imported_modules == {"orderflow_cli.commands.down"}
