"""Each environment is one file that calls the shared pipeline, so that dev and prod cannot diverge."""

import json
import re
import shlex
from pathlib import Path

import pytest

from orderflow_cli import ROOT
from orderflow_cli.build import plans
from orderflow_cli.toolchain import terraform
from tests.infra.support.folders import environments, relative_name
from tests.infra.support.planning import Planner, resources

ENVIRONMENTS = environments()
FUNCTION_ARN_PATTERN = re.compile(r"arn:aws:lambda:[a-z0-9-]+:[0-9]+:function:[\w:-]++(?!\*)")
ENCRYPTION_CONTEXT = re.compile(r'aws:lambda:FunctionArn\\":\[[^]]*\]')
PLAN_OPTIONS = ("-input=false", "-no-color", "-refresh=false", "-lock=false")
REMOTE_ENVIRONMENTS = [root for root in ENVIRONMENTS if root.name != "local"]


def test_each_environment_is_one_file() -> None:
    assert {"local", "dev", "staging", "prod"} <= {root.name for root in ENVIRONMENTS}
    for root in ENVIRONMENTS:
        assert [file.name for file in root.glob("*.tf")] == ["main.tf"]


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_every_caller_of_a_function_invokes_its_alias(environment: str, planner: Planner) -> None:
    """A rollback would have no effect on a caller of the unqualified function."""
    plan = planner.mocked_plan(environment)
    excluded = {"aws_lambda_function", "aws_lambda_alias", "aws_lambda_permission"}
    texts = [json.dumps(one["change"]["after"]) for one in plan["resource_changes"] if one["type"] not in excluded]
    # In a condition on a key, the function's ARN is the encryption context of its variables.
    invoked_arns = {arn for text in texts for arn in FUNCTION_ARN_PATTERN.findall(ENCRYPTION_CONTEXT.sub("", text))}
    qualifiers = [
        one["qualifier"]
        for kind in ("aws_lambda_permission", "aws_lambda_function_event_invoke_config")
        for one in resources(plan, kind).values()
    ]

    assert invoked_arns
    assert {arn for arn in invoked_arns if not arn.endswith(":live")} == set()
    assert len(qualifiers) > 8
    assert set(qualifiers) == {"live"}


@pytest.mark.parametrize("root", REMOTE_ENVIRONMENTS, ids=relative_name)
def test_remote_states_differ_only_in_their_key(root: Path) -> None:
    def backend(folder: Path) -> str:
        text = (folder / "main.tf").read_text()
        return str(re.findall(r'^  backend "s3" \{\n(.*?)^  \}', text, re.MULTILINE | re.DOTALL)[0])

    assert f'"{root.name}/terraform.tfstate"' in backend(root)
    assert len({backend(one).replace(one.name, "") for one in REMOTE_ENVIRONMENTS}) == 1
    assert re.search(r"use_lockfile\s*=\s*true", backend(root))
    assert re.search(r"encrypt\s*=\s*true", backend(root))


def test_plan_names_each_value_that_is_not_filled_in(planner: Planner, tmp_path: Path) -> None:
    with plans.offline_environment(tmp_path / "provider.log") as env:
        result = terraform.run(planner.root("prod"), "plan", *PLAN_OPTIONS, env=env)

    errors = " ".join(result.stderr.replace("│", " ").split())
    assert result.returncode == 1
    for sentence in (
        "account_id must be a 12-digit AWS account ID; got the account of prod. Set it in terraform.tfvars.",
        "got key_arns.prod of terraform/bootstrap. Set it to a value of the output key_arns of terraform/bootstrap.",
        "the token issuer and browser origins must not be under example.com, example.net or example.org. Use your own.",
        "payment_provider: endpoint must not be under example.com, example.net or example.org. Use your own.",
        "alarm_destinations: an endpoint must not be under example.com, example.net or example.org. Use your own.",
    ):
        assert sentence in errors
    assert errors.count("Error:") == 5


def test_first_deployment_commands_produce_plans(planner: Planner, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "first-deploy.md").read_text()
    commands = [shlex.split(line) for line in re.findall(r"^terraform .* (?:init|apply).*$", page, re.MULTILINE)]
    values = {
        "<owner>@<id>/<name>@<id>": "example@1/orderflow@2",
        "<state_bucket_name>": "state",
        "<state_key_arn>": "key",
    }

    planned_roots = []
    for _, folder, command, *options in commands:
        root = planner.terraform / folder.removeprefix("-chdir=terraform/")
        arguments = [re.sub("<.*>", lambda match: values[match[0]], option) for option in options]
        if command == "init":
            keys = {option.removeprefix("-backend-config=").partition("=")[0] for option in arguments}
            assert keys in (set(), {"bucket", "kms_key_id"})
            continue
        assert command == "apply"
        if root.name != "bootstrap":
            arguments += [f"-var-file={root.parent / 'offline.tfvars'}"]
        with plans.offline_environment(tmp_path / "provider.log") as env:
            result = terraform.run(root, "plan", *PLAN_OPTIONS, *arguments, env=env)
        assert result.returncode == 0, result.stderr
        planned_roots.append((root.name, int(re.findall(r"Plan: (\d+) to add", result.stdout)[0]) > 20))

    assert planned_roots == [("bootstrap", True), ("dev", True)]


def test_local_environment_allows_only_the_emulators_account() -> None:
    (local,) = [root for root in ENVIRONMENTS if root.name == "local"]

    assert 'allowed_account_ids = ["000000000000"]' in (local / "main.tf").read_text()
