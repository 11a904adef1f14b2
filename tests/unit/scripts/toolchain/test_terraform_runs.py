"""A run of `terraform test` proves its rows only when it passed; without the run there is no claim."""

import json
from pathlib import Path

import pytest

from dev.evidence.page import Claim, Row
from tests.infra.support import runs

ROW = Row("target/lambda", "Targets", "Lambda", "planned", "the policy")
OTHER = Row("target/sqs", "Targets", "SQS", "planned", "the policy")
FILE = """\
mock_provider "aws" {}

# proves: target/lambda, target/sqs
run "invokes_a_function" {
  command = plan
}

run "claims_nothing" {
  command = plan
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose first run claims two rows."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "rule.tftest.hcl").write_text(FILE)
    return tmp_path


def output(*finished: tuple[str, str]) -> str:
    messages: list[dict[str, object]] = [{"type": "version", "@message": "Terraform"}]
    for name, status in finished:
        run = {"path": "tests/rule.tftest.hcl", "run": name, "progress": "complete", "status": status}
        messages.append({"type": "test_run", "@message": f"{name}... {status}", "test_run": run})
    messages.append(
        {"type": "test_run", "@message": "b", "test_run": {"path": "a", "run": "b", "progress": "starting"}}
    )
    return "\n".join(map(json.dumps, messages))


def test_rows_are_proven_when_their_run_passed(folder: Path) -> None:
    proven = runs.proven(folder, "terraform/rule", output(("invokes_a_function", "pass")), (ROW, OTHER))

    test = "terraform/rule/tests/rule.tftest.hcl::invokes_a_function"
    assert proven == [Claim("target/lambda", "planned", test), Claim("target/sqs", "planned", test)]


@pytest.mark.parametrize(
    "finished",
    [
        pytest.param([("invokes_a_function", "fail"), ("claims_nothing", "pass")], id="failed"),
        pytest.param([("invokes_a_function", "error")], id="not run"),
        pytest.param([("invokes_a_function", "skip")], id="skipped"),
        pytest.param([("claims_nothing", "pass")], id="not there"),
    ],
)
def test_nothing_is_proven_when_the_run_did_not_pass(folder: Path, finished: list[tuple[str, str]]) -> None:
    assert runs.proven(folder, "terraform/rule", output(*finished), (ROW, OTHER)) == []


def test_claim_goes_when_its_run_is_removed(folder: Path) -> None:
    file = folder / "tests" / "rule.tftest.hcl"
    file.write_text(FILE.replace('run "invokes_a_function" {\n  command = plan\n}\n', ""))

    with pytest.raises(ValueError, match="must stand directly above a run"):
        list(runs.claims(folder))


def test_report_says_what_failed_when_a_run_did() -> None:
    failed = {"type": "diagnostic", "@message": "Error: Test assertion failed", "diagnostic": {"detail": "No role."}}

    text = runs.report(f"{output(('invokes_a_function', 'fail'))}\n{json.dumps(failed)}\n")

    assert text == "invokes_a_function... fail\nError: Test assertion failed No role."
