"""`orderflow-dev test` with fictitious targets and reports."""

import argparse
import json
from pathlib import Path

import pytest

from dev.commands import test as command
from dev.evidence import page as evidence
from dev.evidence.page import Row, Verdict
from dev.permissions import ledger

PASSED_REPORT = '<testsuites><testcase classname="a" name="b"/></testsuites>'
MIXED_REPORT = """<testsuites><testcase/><testcase><failure/></testcase><testcase><error/></testcase>
<testcase classname="tests.e2e.test_a" name="test_b"><skipped message="needs a browser"/></testcase></testsuites>"""
LAMBDA_ROW = Row("target/lambda", "Targets", "Lambda", "delivered", "the policy")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone in which every target passes, and every tier writes a report with one test."""
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(evidence, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(evidence, "verdicts", lambda: [])
    monkeypatch.setattr(evidence, "is_outdated", lambda: False)
    targets = [*command.CHECKS, *(f"test-{tier}" for tier in evidence.TIERS)]
    (tmp_path / "Makefile").write_text("".join(f"{target}:\n\t@sh {target}.sh\n" for target in targets))
    for target in targets:
        write_recipe(tmp_path, target, "true", PASSED_REPORT if target.startswith("test-") else "")
    return tmp_path


def write_recipe(clone: Path, target: str, command_line: str, report: str = "") -> None:
    """Replace the script of a target, which copies the report, if any, and then runs the command line."""
    (clone / f"{target}.xml").write_text(report)
    copy_command = f"cp {target}.xml reports/{target.removeprefix('test-')}.xml" if report else "true"
    (clone / f"{target}.sh").write_text(f"{copy_command}\n{command_line}\n")


def run() -> int:
    return command.run(argparse.Namespace())


def test_run_passes_when_every_check_and_tier_passes(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "8 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (("types", "exit 1", ""), "7 passed, 1 failed, 0 skipped"),
        (("test-unit", "exit 1", MIXED_REPORT), "8 passed, 2 failed, 1 skipped"),
        (("test-unit", "exit 2", PASSED_REPORT), "8 passed, 1 failed, 0 skipped"),
        (("test-unit", "exit 4", ""), "7 passed, 1 failed, 0 skipped"),
        (("test-e2e", "exit 1", MIXED_REPORT), "8 passed, 2 failed, 1 skipped"),
    ],
)
def test_run_fails_when_a_target_fails(
    clone: Path, capsys: pytest.CaptureFixture[str], recipe: tuple[str, str, str], expected: str
) -> None:
    write_recipe(clone, *recipe)

    assert run() == 1
    output = capsys.readouterr().out
    assert output.splitlines()[-1] == expected
    assert ("skipped in" in output) == (recipe[2] == MIXED_REPORT)


def test_report_of_an_earlier_run_is_ignored(clone: Path) -> None:
    (clone / "reports").mkdir()
    (clone / "reports" / "faults.xml").write_text(PASSED_REPORT)
    write_recipe(clone, "test-faults", "exit 2")

    assert command.run_tier("faults").failed == 1


def test_end_to_end_tests_run_in_parallel_with_the_other_tiers(clone: Path) -> None:
    wait_script = "touch {own_file}; for i in $(seq 600); do [ -e {other_file} ] && exit 0; sleep 0.1; done; exit 1"
    write_recipe(clone, "test-e2e", wait_script.format(own_file="e2e", other_file="unit"), PASSED_REPORT)
    write_recipe(clone, "test-unit", wait_script.format(own_file="unit", other_file="e2e"), PASSED_REPORT)

    assert run() == 0


@pytest.mark.parametrize("reason", ["row", "grant"])
def test_run_fails_when_a_row_is_not_proven_or_a_grant_is_unused(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    if reason == "row":
        monkeypatch.setattr(evidence, "verdicts", lambda: [Verdict(LAMBDA_ROW, None)])
    else:
        (clone / "reports").mkdir()
        (clone / "reports" / ledger.REPORT_NAME).write_text(json.dumps(["finance: s3:GetObject on a was never used"]))

    assert run() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "8 passed, 1 failed, 0 skipped"
