"""Every folder with Terraform is valid and passes its own tests, against a mocked provider."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dev.evidence import page
from orderflow_cli.toolchain import terraform
from tests.infra.support import runs
from tests.infra.support.folders import TERRAFORM, all_folders, environments, relative_name

FOLDERS = all_folders()
TESTED_FOLDERS = [folder for folder in FOLDERS if (folder / "tests").is_dir()]
# A folder's own tests validate it; the tests beside this file plan, and so validate, every environment.
UNTESTED_FOLDERS = [folder for folder in FOLDERS if folder not in {*TESTED_FOLDERS, *environments()}]
PLAN_TEST = """
mock_provider "aws" {{
  source = "{testing}"
}}

run "planned" {{
  command = plan
}}
"""
# Values that the examples require from their caller.
_ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
EXAMPLE_VALUES = {
    "function_arn": _ARN.format("lambda", "function:shop-dev-returns"),
    "delivery_stream_arn": _ARN.format("firehose", "deliverystream/shop-dev-analytics"),
    "state_machine_arn": _ARN.format("states", "stateMachine:shop-dev-returns"),
    "device_endpoint_arn": _ARN.format("sns", "endpoint/GCM/shop-dev/11111111-2222-3333-4444-555555555555"),
    "payment_provider_api_key": "secret",
    "erp_password": "secret",
    "crm_client_secret": "secret",
    "service_account_key": '{"private_key":"secret"}',
    "signing_key": "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----",
}


@pytest.mark.parametrize("folder", UNTESTED_FOLDERS, ids=relative_name)
def test_configuration_is_valid(folder: Path, provider_env: dict[str, str]) -> None:
    result = terraform.run(folder, "validate", "-no-color", env=provider_env)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "Warning" not in result.stdout


@pytest.mark.parametrize("folder", TESTED_FOLDERS, ids=relative_name)
def test_folder_passes_its_own_tests(
    folder: Path, run_tests: Callable[[Path], str], request: pytest.FixtureRequest
) -> None:
    output = run_tests(folder)

    assert runs.finished_runs(output), output
    assert all(run.passed for run in runs.finished_runs(output)), runs.report(output)
    claims = runs.proven_claims(folder, relative_name(folder), page.rows())
    request.node.user_properties.extend(map(page.junit_property, claims))


def test_every_example_of_a_module_can_be_planned(tmp_path: Path, provider_env: dict[str, str]) -> None:
    examples = [main.parent for main in sorted(TERRAFORM.glob("modules/*/examples/*/main.tf"))]
    for example in examples:
        variables = re.findall(r'^variable "(\w+)"', (example / "main.tf").read_text(), re.MULTILINE)
        arguments = {"source": os.path.relpath(example, tmp_path), **{name: EXAMPLE_VALUES[name] for name in variables}}
        call = "\n".join(f"  {name} = {json.dumps(value)}" for name, value in arguments.items())
        name = f"{example.parents[1].name}_{example.name}"
        (tmp_path / f"{name}.tf").write_text(f'module "{name}" {{\n{call}\n}}\n')
    shutil.copyfile(TERRAFORM / "modules" / "queue" / "versions.tf", tmp_path / "versions.tf")
    testing_path = os.path.relpath(TERRAFORM / "testing", tmp_path)
    (tmp_path / "examples.tftest.hcl").write_text(PLAN_TEST.format(testing=testing_path))

    result = terraform.run(tmp_path, "test", "-json", env=provider_env)

    assert examples
    assert result.returncode == 0, runs.report(result.stdout) + result.stderr
