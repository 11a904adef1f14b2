"""The evidence page is derived from passed tests: a row without a passed test is not proven."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.evidence import page as evidence
from dev.evidence.page import Claim, Row
from orderflow_cli import ROOT, UserError

LAMBDA_ROW = Row("target/lambda", "Targets", "Lambda", "delivered", "the policy")
REGISTRY_ROW = Row("bus/registry", "The bus", "Registry", "planned", "all of it")
DELIVERED_CLAIM = "delivered target/lambda tests/e2e/test_a.py::test_arrives"
PLANNED_CLAIM = "planned target/lambda terraform/a.tftest.hcl::plans"
REGISTRY_CLAIM = "planned bus/registry terraform/b.tftest.hcl::registers"
COMPLETE_ROW_TOML = 'feature = "A", required_proof = "planned", aws_caveat = "all"'
CONFTEST = "from tests.conftest import pytest_collection_modifyitems"


def case(*claims: str, outcome: str = "") -> str:
    properties = "".join(f'<property name="proves" value="{claim}"/>' for claim in claims)
    return f'<testcase classname="a" name="b"><properties>{properties}</properties>{outcome}</testcase>'


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one report per tier, which together prove both rows of the evidence page."""
    monkeypatch.setattr(evidence, "REPORTS", tmp_path)
    monkeypatch.setattr(evidence, "PAGE", ROOT / "docs" / "generated" / f"{tmp_path.name}.md")
    monkeypatch.setattr(evidence, "rows", lambda: (LAMBDA_ROW, REGISTRY_ROW))
    for tier in evidence.TIERS:
        write(tmp_path, tier)
    write(tmp_path, "e2e", case(DELIVERED_CLAIM))
    write(tmp_path, "infra", case(PLANNED_CLAIM, REGISTRY_CLAIM))
    return tmp_path


def write(folder: Path, tier: str, *cases: str) -> None:
    (folder / f"{tier}.xml").write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")


def page() -> str:
    return evidence.page_text(evidence.verdicts())


@pytest.mark.usefixtures("clone")
def test_page_names_the_file_of_the_strongest_proof() -> None:
    (line,) = [line for line in page().splitlines() if line.startswith("| Lambda |")]

    link = "[tests/e2e/test_a.py](../../tests/e2e/test_a.py)"
    assert line == f"| Lambda | delivered on the local cloud | {link} | the policy |"


@pytest.mark.parametrize("outcome", [None, "<failure/>", "<error/>", "<skipped/>"])
def test_row_without_a_passed_test_is_not_proven(clone: Path, outcome: str | None) -> None:
    write(clone, "infra", case(PLANNED_CLAIM), *([case(REGISTRY_CLAIM, outcome=outcome)] if outcome else []))

    assert evidence.problems() == ["bus/registry must have a passing test that proves it as 'planned'; got none"]
    assert "| Registry | **not proven** | | all of it |" in page()


def test_row_with_a_weaker_proof_is_not_proven(clone: Path) -> None:
    write(clone, "e2e")

    (problem,) = evidence.problems()

    assert problem.endswith("; terraform/a.tftest.hcl::plans proves it as 'planned' only")
    assert "| Lambda | **not proven** |" in page()


def test_page_that_differs_from_the_results_is_reported(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = evidence.problems()
    assert problem.endswith("is out of date: run `make generate` and commit it")

    monkeypatch.setattr(evidence, "ROOT", clone)
    monkeypatch.setattr(evidence, "PAGE", clone / "evidence.md")
    evidence.write()

    assert evidence.problems() == []


@pytest.mark.parametrize(
    ("row", "proof", "test", "message"),
    [
        ("target/lamda", "delivered", "tests/e2e/test_a.py::test_b", "must claim a row"),
        ("target/lambda", "seen", "tests/e2e/test_a.py::test_b", "one of delivered"),
        ("target/lambda", "", "tests/e2e/test_a.py::test_b", "one of delivered"),
        ("target/lambda", "delivered", "tests/infra/test_a.py::test_b", "must be in tests/e2e/"),
        ("target/lambda", "planned", "tests/unit/test_a.py::test_b", "must be in tests/infra/"),
    ],
)
def test_invalid_claim_is_rejected(row: str, proof: str, test: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        evidence.claim(row, proof, test, (LAMBDA_ROW,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[A]\na = {feature = "A", required_proof = "planned"}\n', "must have exactly feature, required_proof"),
        ('[A]\na = {feature = "A", required_proof = "hoped", aws_caveat = "all"}\n', "one of delivered"),
        ("[A]\na = {ROW}\n[B]\na = {ROW}\n".replace("ROW", COMPLETE_ROW_TOML), "duplicate rows a"),
    ],
)
def test_invalid_row_is_rejected(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rows.toml").write_text(text)

    with pytest.raises(UserError, match=message):
        evidence.rows(tmp_path / "rows.toml")


def test_only_claims_of_passed_tests_are_read(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', [pytest.param(1, marks=pytest.mark.proves('target/sqs', by='applied')),\n"
        "                               pytest.param(2, marks=pytest.mark.proves('target/sns', by='applied'))])\n"
        "def test_some(n): assert n == 1\n"
        "@pytest.mark.proves('target/lambda', 'target/kinesis', by='applied')\n"
        "def test_more(): pass\n"
    )

    result = run_pytest(tmp_path, "--junitxml=report.xml")

    assert result.returncode == 1
    assert evidence.passed_claims([tmp_path / "report.xml"]) == [
        Claim("target/kinesis", "applied", "test_some.py::test_more"),
        Claim("target/lambda", "applied", "test_some.py::test_more"),
        Claim("target/sqs", "applied", "test_some.py::test_some[1]"),
    ]


def run_pytest(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest in the given folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-o", "markers=proves", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "scripts")])}
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
