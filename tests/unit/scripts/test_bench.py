"""`orderflow bench` finds its programs, and fails when one of them fails."""

import argparse
from typing import Any

import pytest

from orderflow_cli import ROOT, Problem
from orderflow_cli.commands import bench


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of each program that was started; `burst` fails."""
    found: list[list[str]] = []

    def foreground(command: list[str], **_: Any) -> int:
        found.append(command[1:])
        return int(command[2] == "tests.bench.burst")

    monkeypatch.setattr(bench, "foreground", foreground)
    return found


def test_every_program_with_a_main_has_a_name_when_tests_bench_is_read() -> None:
    programs = {path.stem for path in (ROOT / "tests" / "bench").glob("*.py") if "def main(" in path.read_text()}

    assert programs == set(bench.NAMES)


def test_all_run_and_one_failure_counts_when_none_is_named(started: list[list[str]]) -> None:
    code = bench.run(argparse.Namespace(name=[], rest=[]))

    assert code == 1
    assert started == [["-m", f"tests.bench.{name}"] for name in bench.NAMES]


def test_arguments_go_to_the_one_that_is_named_when_there_are_any(started: list[list[str]]) -> None:
    code = bench.run(argparse.Namespace(name=["mixed_orders"], rest=["--orders", "50"]))

    assert code == 0
    assert started == [["-m", "tests.bench.mixed_orders", "--orders", "50"]]


@pytest.mark.parametrize("names", [[], ["burst", "migration"]])
def test_arguments_are_refused_when_it_is_not_clear_whose_they_are(started: list[list[str]], names: list[str]) -> None:
    with pytest.raises(Problem, match="Name the one bench"):
        bench.run(argparse.Namespace(name=names, rest=["--seed", "2"]))

    assert started == []


def test_name_is_refused_when_no_program_has_it() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="mixed_order is none of mixed_orders, burst, migration"):
        bench.known("mixed_order")
