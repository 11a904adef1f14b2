"""The pipelines cover every environment, and apply only what was planned and approved. zizmor does the rest."""

import re
from typing import Any

import pytest
import yaml

from dev.scan import plans
from orderflow_cli import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS: dict[str, Any] = {file.stem: yaml.safe_load(file.read_text()) for file in sorted(FOLDER.glob("*.yml"))}
DEPLOYED = [name for name in plans.environments() if name != "local"]
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def test_environments_follow_each_other_when_deployed() -> None:
    jobs = {name: job for name, job in WORKFLOWS["deploy"]["jobs"].items() if "uses" in job}

    assert {name: job["with"]["environment"] for name, job in jobs.items()} == {name: name for name in DEPLOYED}
    assert [(name, job["needs"]) for name, job in jobs.items()] == [
        ("dev", "package"),
        ("staging", "dev"),
        ("prod", "staging"),
    ]


def test_each_environment_is_planned_with_its_own_role_when_a_change_is_proposed() -> None:
    legs = WORKFLOWS["pull-request"]["jobs"]["plan"]["strategy"]["matrix"]["include"]

    assert sorted(leg["environment"] for leg in legs) == sorted(DEPLOYED)
    for leg in legs:
        prefix = leg["environment"].upper()
        assert leg["role"] == f"${{{{ vars.{prefix}_PLAN_ROLE_ARN }}}}"
        assert leg["state_bucket"] == f"${{{{ vars.{prefix}_STATE_BUCKET }}}}"


def test_only_the_approved_job_takes_the_apply_role_when_an_environment_is_deployed() -> None:
    jobs = WORKFLOWS["deploy-environment"]["jobs"]
    roles = {
        name: [step["with"]["role-to-assume"] for step in job["steps"] if "role-to-assume" in step.get("with", {})]
        for name, job in jobs.items()
    }

    assert roles == {"plan": ["${{ inputs.plan_role }}"], "apply": ["${{ inputs.apply_role }}"]}
    assert "environment" not in jobs["plan"]
    assert jobs["apply"]["environment"] == "${{ inputs.environment }}"
    assert jobs["apply"]["needs"] == "plan"


def test_the_saved_plan_is_applied_when_it_is_approved() -> None:
    runs = "\n".join(step.get("run", "") for step in WORKFLOWS["deploy-environment"]["jobs"]["apply"]["steps"])

    assert 'apply -input=false -no-color "$saved"' in runs
    assert "-auto-approve" not in runs
    assert "sha256sum --check --strict SHA256SUMS" in runs


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_is_permitted_by_default_when_a_workflow_starts(name: str) -> None:
    workflow = WORKFLOWS[name]

    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())
    assert {
        right for job in workflow["jobs"].values() for right, level in job["permissions"].items() if level == "write"
    } <= {
        "id-token",
        "pull-requests",
        "security-events",
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_commit_when_used(name: str) -> None:
    used = [
        line.strip(" -")
        for line in (FOLDER / f"{name}.yml").read_text().splitlines()
        if re.search(r"^\s*-? ?uses:", line)
    ]

    assert used
    assert [line for line in used if not PINNED.search(line) and not line.startswith("uses: $/.github/")] == []
