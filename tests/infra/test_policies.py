"""Each policy in terraform/policies reports the violations in its fixture, and each skip of a finding has a reason."""

from pathlib import Path

import pytest

from dev.scan import checkov
from dev.scan.checkov import Finding
from orderflow_cli.build import plans
from orderflow_cli.toolchain.terraform_source import Source

FIXTURES_FOLDER = checkov.POLICIES_FOLDER / "fixtures"
POLICIES = checkov.custom_policies()
SUPPRESSIONS = list(checkov.find_suppressions())


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """The findings of this repository's policies in every fixture."""
    framework_options = ["--framework", "terraform", "terraform_plan"]
    arguments = [*framework_options, "--directory", str(FIXTURES_FOLDER), "--check", "CKV_ORDERFLOW_*"]
    return list(checkov.findings("fixtures", checkov.run_checkov(arguments, plans_folder=FIXTURES_FOLDER)))


def select_findings(findings: list[Finding], policy: str, name: str) -> list[Finding]:
    return [one for one in findings if one.file.parent == FIXTURES_FOLDER / policy and one.file.stem == name]


def test_every_policy_has_a_passing_and_a_failing_fixture() -> None:
    folders = {folder.name: {file.stem for file in folder.iterdir()} for folder in FIXTURES_FOLDER.iterdir()}

    assert len(POLICIES) == 11
    assert folders == {policy: {"passing", "failing"} for policy in POLICIES.values()}


@pytest.mark.parametrize("check_id", POLICIES, ids=POLICIES.get)
def test_failing_fixture_violates_only_its_own_policy(findings: list[Finding], check_id: str) -> None:
    fixture_findings = select_findings(findings, POLICIES[check_id], "failing")

    failures = [one for one in fixture_findings if one.state == "failed"]
    assert {one.check_id for one in failures} == {check_id}
    assert {one.address for one in failures} == {one.address for one in fixture_findings if one.check_id == check_id}


@pytest.mark.parametrize("check_id", POLICIES, ids=POLICIES.get)
def test_passing_fixture_is_checked_and_passes(findings: list[Finding], check_id: str) -> None:
    fixture_findings = select_findings(findings, POLICIES[check_id], "passing")

    assert [one for one in fixture_findings if one.state != "passed"] == []
    assert check_id in {one.check_id for one in fixture_findings}


@pytest.mark.parametrize("skip", SUPPRESSIONS, ids=lambda skip: f"{checkov.relative_path(skip.file)}:{skip.line}")
def test_every_suppression_has_a_reason_and_is_inside_a_resource(skip: checkov.Suppression) -> None:
    assert skip.is_in_block
    assert skip.check_id.startswith(("CKV_", "CKV2_"))
    assert len(skip.reason.split()) >= 4


@pytest.mark.parametrize(
    ("comment", "reason", "is_in_block"),
    [
        ("  #checkov:skip=CKV_AWS_1", "", True),
        ("  #checkov:skip=CKV_AWS_1:", "", True),
        ("  #checkov:skip=CKV_AWS_1:it expires", "it expires", True),
        ("}\n#checkov:skip=CKV_AWS_1:it expires\nlocals {", "it expires", False),
    ],
)
def test_skip_is_read_with_reason_and_position(tmp_path: Path, comment: str, reason: str, is_in_block: bool) -> None:
    (tmp_path / "main.tf").write_text(f'resource "aws_sqs_queue" "this" {{\n{comment}\n}}\n')

    (skip,) = checkov.find_suppressions(tmp_path)

    assert (skip.check_id, skip.reason, skip.is_in_block) == ("CKV_AWS_1", reason, is_in_block)


def test_skip_applies_to_its_own_resource_only(tmp_path: Path) -> None:
    for module, comment in (("skipping", "  #checkov:skip=CKV_AWS_1:it expires"), ("other", "")):
        (tmp_path / module).mkdir()
        (tmp_path / module / "main.tf").write_text(f'resource "aws_sqs_queue" "this" {{\n{comment}\n}}\n')
    calls = {name: {"source": f"../{name}", "module": {}} for name in ("skipping", "other")}
    (tmp_path / "root").mkdir()
    source = Source(tmp_path / "root", {"module_calls": calls})

    block_with_skip = source.block('module.skipping["one"].aws_sqs_queue.this[0]')
    block_without_skip = source.block('module.other["skipping.this"].aws_sqs_queue.this["a.b"]')

    assert checkov.skips_in_block(block_with_skip) == {"CKV_AWS_1": "it expires"}
    assert checkov.skips_in_block(block_without_skip) == {}


def test_provider_block_is_located_in_its_root(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('locals {}\nprovider "aws" {\n  region = "eu-west-1"\n}\n')
    source = Source(tmp_path, {})

    block = source.block("aws.default")

    assert (block.file.name, block.line) == ("main.tf", 2)
    assert source.block("aws_sqs_queue.missing") is None


def test_reports_distinguish_failed_from_skipped_findings() -> None:
    file = plans.TERRAFORM_FOLDER / "modules" / "queue" / "main.tf"
    details = ("title", "aws_sqs_queue.this", file, 3)
    findings = [
        Finding("prod", "passed", "CKV_AWS_27", *details),
        Finding("prod", "failed", "CKV_AWS_1", *details),
        Finding("dev", "skipped", "CKV_AWS_2", *details, "it expires"),
    ]

    (run,) = checkov.sarif_report(findings)["runs"]
    suites = {suite.get("name"): suite for suite in checkov.junit_report(findings)}

    failed_result, skipped_result = run["results"]
    assert (failed_result["ruleId"], skipped_result["ruleId"]) == ("CKV_AWS_1", "CKV_AWS_2")
    assert "suppressions" not in failed_result
    assert skipped_result["suppressions"][0]["justification"] == "it expires"
    uri = failed_result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "terraform/modules/queue/main.tf"
    assert (suites["checkov prod"].get("tests"), suites["checkov prod"].get("failures")) == ("2", "1")
    assert suites["checkov dev"].get("skipped") == "1"
