"""The workflows deploy every environment, and apply only what was planned and approved. zizmor checks the rest."""

from typing import Any

import yaml

from orderflow_cli import ROOT
from orderflow_cli.build import plans

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS: dict[str, Any] = {file.stem: yaml.safe_load(file.read_text()) for file in sorted(FOLDER.glob("*.yml"))}
ENVIRONMENTS = [name for name in plans.environments() if name != "local"]


def test_environments_are_deployed_one_after_another() -> None:
    jobs = {name: job for name, job in WORKFLOWS["deploy"]["jobs"].items() if "uses" in job}

    assert {name: job["with"]["environment"] for name, job in jobs.items()} == {name: name for name in ENVIRONMENTS}
    order = ["package"]
    while next_jobs := [name for name, job in jobs.items() if job["needs"] == order[-1]]:
        order += next_jobs
    assert sorted(order[1:]) == sorted(ENVIRONMENTS)
    assert order[-1] == "prod"


def test_pull_request_plans_each_environment_with_its_own_role() -> None:
    entries = WORKFLOWS["pull-request"]["jobs"]["plan"]["strategy"]["matrix"]["include"]

    assert sorted(entry["environment"] for entry in entries) == sorted(ENVIRONMENTS)
    for entry in entries:
        prefix = entry["environment"].upper()
        assert entry["role"] == f"${{{{ vars.{prefix}_PLAN_ROLE_ARN }}}}"
        assert entry["state_bucket"] == f"${{{{ vars.{prefix}_STATE_BUCKET }}}}"


def test_only_the_approved_job_assumes_the_apply_role() -> None:
    jobs = WORKFLOWS["deploy-environment"]["jobs"]
    roles = {
        name: [step["with"]["role-to-assume"] for step in job["steps"] if "role-to-assume" in step.get("with", {})]
        for name, job in jobs.items()
    }

    assert roles == {"plan": ["${{ inputs.plan_role }}"], "apply": ["${{ inputs.apply_role }}"]}
    assert "environment" not in jobs["plan"]
    assert jobs["apply"]["environment"] == "${{ inputs.environment }}"
    assert jobs["apply"]["needs"] == "plan"


def test_plan_of_prod_is_checked_for_deletions_before_approval() -> None:
    (run,) = [
        step["run"]
        for step in WORKFLOWS["deploy-environment"]["jobs"]["plan"]["steps"]
        if "plan -" in step.get("run", "")
    ]

    assert 'show -json "$saved" | scripts/orderflow-dev protect -' in run.partition('"$ENVIRONMENT" = prod')[2]
    assert run.index("protect -") < run.index("--output saved.tfplan.gpg")


def test_only_the_approved_plan_is_applied() -> None:
    script = "\n".join(step.get("run", "") for step in WORKFLOWS["deploy-environment"]["jobs"]["apply"]["steps"])

    assert 'apply -input=false -no-color "$saved"' in script
    assert "-auto-approve" not in script
    assert "sha256sum --check --strict SHA256SUMS" in script
