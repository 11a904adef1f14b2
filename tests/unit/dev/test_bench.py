"""`orderflow-dev bench` finds its programs, and fails when one of them fails."""

import argparse
from typing import Any

import pytest

from dev.commands import bench
from orderflow_cli import UserError


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of each program that was started; `burst` fails."""
    found: list[list[str]] = []

    def foreground(command: list[str], **_: Any) -> int:
        found.append(command[1:])
        return int(command[2] == "bench.burst")

    monkeypatch.setattr(bench, "foreground", foreground)
    return found


def test_all_run_and_one_failure_counts_when_none_is_named(started: list[list[str]]) -> None:
    code = bench.run(argparse.Namespace(name=[], rest=[]))

    assert code == 1
    assert started == [["-m", f"bench.{name}"] for name in bench.NAMES]


def test_arguments_go_to_the_one_that_is_named_when_there_are_any(started: list[list[str]]) -> None:
    code = bench.run(argparse.Namespace(name=["mixed_orders"], rest=["--orders", "50"]))

    assert code == 0
    assert started == [["-m", "bench.mixed_orders", "--orders", "50"]]


@pytest.mark.parametrize("names", [[], ["burst", "migration"]])
def test_arguments_are_refused_when_it_is_not_clear_whose_they_are(started: list[list[str]], names: list[str]) -> None:
    with pytest.raises(UserError, match="Name the one bench"):
        bench.run(argparse.Namespace(name=names, rest=["--seed", "2"]))

    assert started == []


def test_name_is_refused_when_no_program_has_it() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="mixed_order is none of burst, migration, mixed_orders"):
        bench.known("mixed_order")
