"""The entry point: which commands there are, what is imported for one, and what its end means to a shell."""

import argparse
import sys
from types import SimpleNamespace

import pytest

from orderflow_cli import ROOT, Problem
from orderflow_cli import __main__ as cli


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The command `made-up`, the only one; its `run` can be replaced."""
    module = SimpleNamespace(
        HELP="Made up.", configure=lambda parser: parser.add_argument("words", nargs="*"), run=None
    )
    monkeypatch.setattr(cli, "available", lambda: ["made-up"])
    monkeypatch.setattr(cli, "load", lambda name: module)
    return module


@pytest.mark.parametrize("code", [0, 1])
def test_exit_code_is_the_commands_when_it_ends_by_itself(command: SimpleNamespace, code: int) -> None:
    command.run = lambda args: code

    assert cli.main(["made-up"]) == code


def test_sentence_goes_to_stderr_when_a_command_has_a_problem(
    command: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: argparse.Namespace) -> int:
        raise Problem("Port 4566 is in use; choose another.")

    command.run = run

    assert cli.main(["made-up"]) == 1
    assert capsys.readouterr().err == "orderflow: Port 4566 is in use; choose another.\n"


def test_exit_code_is_130_when_the_user_interrupts(command: SimpleNamespace) -> None:
    def run(_: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    command.run = run

    assert cli.main(["made-up"]) == 130


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["made-up", "--unknown"]])
def test_exit_code_is_2_when_the_usage_is_wrong(command: SimpleNamespace, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)

    assert raised.value.code == 2


def test_rest_is_kept_apart_when_there_are_two_dashes(command: SimpleNamespace) -> None:
    seen: list[argparse.Namespace] = []
    command.run = lambda args: seen.append(args) or 0

    cli.main(["made-up", "one", "--", "-k", "two"])

    assert seen[0].words == ["one"]
    assert seen[0].rest == ["-k", "two"]


@pytest.mark.parametrize("name", cli.available())
def test_help_is_shown_when_a_command_is_asked_for_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main([name, "--help"])

    assert raised.value.code == 0
    assert "usage: orderflow" in capsys.readouterr().out


def test_every_target_runs_a_command_when_make_is_called() -> None:
    recipes = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\t@$(ORDERFLOW) ")]

    called = {recipe.split()[1] for recipe in recipes}

    assert called <= set(cli.available())


def test_other_commands_are_not_imported_when_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("orderflow_cli.commands.")]:
        monkeypatch.delitem(sys.modules, name)

    cli.parser_for(["down"])

    imported = {name for name in sys.modules if name.startswith("orderflow_cli.commands.")}
    assert imported == {"orderflow_cli.commands.down"}
