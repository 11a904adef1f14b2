"""Every folder with Terraform is formatted, valid and passes its own tests, against a mocked provider."""

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
from tests.infra.support.folders import TERRAFORM, environments, every_folder, name_of

FOLDERS = every_folder()
TESTED = [folder for folder in FOLDERS if (folder / "tests").is_dir()]
# Every environment is planned by the tests beside, which validates it, as its tests do with any other folder.
UNTESTED = [folder for folder in FOLDERS if folder not in {*TESTED, *environments()}]
PLANNED = """
mock_provider "aws" {{
  source = "{testing}"
}}

run "planned" {{
  command = plan
}}
"""
# What the examples leave to the caller.
_ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
VALUES = {
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


@pytest.mark.parametrize("folder", UNTESTED, ids=name_of)
def test_configuration_is_valid_when_validated(folder: Path, with_provider: dict[str, str]) -> None:
    done = terraform.run(folder, "validate", "-no-color", env=with_provider)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stdout


@pytest.mark.parametrize("folder", TESTED, ids=name_of)
def test_own_tests_of_the_folder_pass(
    folder: Path, tested: Callable[[Path], str], request: pytest.FixtureRequest
) -> None:
    said = tested(folder)

    assert runs.runs(said), said
    assert all(run.passed for run in runs.runs(said)), runs.report(said)
    proven = runs.proven(folder, name_of(folder), page.rows())
    request.node.user_properties.extend(map(page.junit_property, proven))


def test_every_example_of_a_module_can_be_planned(tmp_path: Path, with_provider: dict[str, str]) -> None:
    examples = [main.parent for main in sorted(TERRAFORM.glob("modules/*/examples/*/main.tf"))]
    for example in examples:
        wanted = re.findall(r'^variable "(\w+)"', (example / "main.tf").read_text(), re.MULTILINE)
        arguments = {"source": os.path.relpath(example, tmp_path), **{name: VALUES[name] for name in wanted}}
        call = "\n".join(f"  {name} = {json.dumps(value)}" for name, value in arguments.items())
        name = f"{example.parents[1].name}_{example.name}"
        (tmp_path / f"{name}.tf").write_text(f'module "{name}" {{\n{call}\n}}\n')
    shutil.copyfile(TERRAFORM / "modules" / "queue" / "versions.tf", tmp_path / "versions.tf")
    testing = os.path.relpath(TERRAFORM / "testing", tmp_path)
    (tmp_path / "examples.tftest.hcl").write_text(PLANNED.format(testing=testing))

    done = terraform.run(tmp_path, "test", "-json", env=with_provider)

    assert examples
    assert done.returncode == 0, runs.report(done.stdout) + done.stderr
