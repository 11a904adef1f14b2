"""The local cloud's ports and environment, and when an apply is needed. No test starts a cloud."""

import json
import os
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.build import package
from orderflow_cli.local_cloud import apply as local_cloud_apply
from orderflow_cli.local_cloud.apply import ApplyProgress
from orderflow_cli.local_cloud.cloud import LocalCloud

type Patch = pytest.MonkeyPatch
OUTPUTS = {"functions": {"recorder": {"name": "orderflow-local-recorder"}}}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: Patch) -> LocalCloud:
    """A cloud in a temporary folder that is never started."""
    monkeypatch.delenv("ORDERFLOW_PORT", raising=False)
    return LocalCloud(tmp_path)


class TerraformDouble:
    """A double of Terraform and of the emulator's configuration token, which records the arguments of each apply."""

    def __init__(self) -> None:
        self.applies: list[tuple[bool, list[str]]] = []
        self.fingerprint = {"": "one", "recorder": "one", "relay": "one"}
        self.configuration_token = "one"
        self.progress = ApplyProgress(changes=["update aws_lambda_function.recorder"], outputs={"pipeline": OUTPUTS})

    def apply(self, *_: object, refresh: bool, functions: list[str]) -> ApplyProgress:
        self.applies.append((refresh, functions))
        return self.progress


@pytest.fixture
def terraform(cloud: LocalCloud, monkeypatch: Patch) -> TerraformDouble:
    double = TerraformDouble()
    monkeypatch.setattr(package, "build", list)
    monkeypatch.setattr(local_cloud_apply, "fingerprint", lambda *_: double.fingerprint)
    monkeypatch.setattr(local_cloud_apply, "apply", double.apply)
    monkeypatch.setattr(cloud.emulator, "configuration_token", lambda: double.configuration_token)
    return double


@pytest.mark.parametrize(("setting", "port"), [(None, 4566), ("4567", 4567)])
def test_port_is_4566_unless_configured(cloud: LocalCloud, monkeypatch: Patch, setting: str | None, port: int) -> None:
    if setting:
        monkeypatch.setenv("ORDERFLOW_PORT", setting)

    assert cloud.endpoint == f"http://127.0.0.1:{port}"
    assert cloud.http_api_url("abc") == f"http://127.0.0.1:{port}/_aws/execute-api/abc"


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1"])
def test_error_for_an_invalid_port_names_its_variable(cloud: LocalCloud, monkeypatch: Patch, text: str) -> None:
    monkeypatch.setenv("ORDERFLOW_PORT", text)

    with pytest.raises(UserError, match=r"ORDERFLOW_PORT must be a port number such as 4567; got"):
        _ = cloud.port


def test_child_processes_cannot_use_the_users_aws_account(cloud: LocalCloud, monkeypatch: Patch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SQS", "AWS_ROLE_ARN"):
        monkeypatch.setenv(name, "somebody's")
    monkeypatch.setenv("NO_PROXY", "intern.example")

    env = cloud.env()

    assert "somebody's" not in env.values()
    assert env["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert env["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert env["NO_PROXY"] == "intern.example,127.0.0.1,localhost"


def test_apply_reports_changes_and_saves_outputs(cloud: LocalCloud, terraform: TerraformDouble) -> None:
    assert cloud.apply() == terraform.progress.changes

    assert LocalCloud(cloud.folder).outputs() == OUTPUTS


@pytest.mark.parametrize(
    ("changes", "token", "force", "expected"),
    [
        pytest.param({}, "one", False, [], id="nothing_changed"),
        pytest.param({"relay": "two"}, "one", False, [(False, ["relay"])], id="code_of_one_function"),
        pytest.param({"relay": "two", "recorder": "two"}, "one", False, [(False, [])], id="code_of_all_functions"),
        pytest.param({"new": "one"}, "one", False, [(False, ["new"])], id="function_is_new"),
        pytest.param({"": "two", "relay": "two"}, "one", False, [(False, [])], id="configuration"),
        pytest.param({}, "two", False, [(True, [])], id="somebody_changed_the_cloud"),
        pytest.param({"relay": "two"}, "two", False, [(True, [])], id="cloud_and_code"),
        pytest.param({}, "one", True, [(True, [])], id="forced"),
    ],
)
def test_second_apply_does_no_more_than_needed(
    cloud: LocalCloud,
    terraform: TerraformDouble,
    *,
    changes: dict[str, str],
    token: str,
    force: bool,
    expected: list[tuple[bool, list[str]]],
) -> None:
    cloud.apply()
    terraform.fingerprint, terraform.configuration_token = terraform.fingerprint | changes, token

    cloud.apply(force=force)

    assert terraform.applies[1:] == expected
    assert cloud.outputs() == OUTPUTS


def test_apply_covers_everything_after_a_function_is_removed(cloud: LocalCloud, terraform: TerraformDouble) -> None:
    cloud.apply()
    terraform.fingerprint = {"": "one", "recorder": "one"}

    cloud.apply()

    assert terraform.applies[1:] == [(False, [])]


def test_apply_is_repeated_after_a_failure(cloud: LocalCloud, terraform: TerraformDouble, monkeypatch: Patch) -> None:
    def fail(*_: object, **options: object) -> ApplyProgress:
        raise UserError(f"terraform apply failed, {options}")

    cloud.apply()
    terraform.fingerprint = {"": "two"}
    monkeypatch.setattr(local_cloud_apply, "apply", fail)
    with pytest.raises(UserError):
        cloud.apply()
    monkeypatch.setattr(local_cloud_apply, "apply", terraform.apply)
    terraform.fingerprint = {"": "one"}

    cloud.apply()

    assert terraform.applies == [(True, []), (True, [])]


def test_outputs_require_an_apply(cloud: LocalCloud) -> None:
    with pytest.raises(UserError, match="The local cloud has no completed apply; run `make up`"):
        cloud.outputs()


def test_changes_outputs_and_errors_of_terraform_are_read() -> None:
    progress = ApplyProgress()
    diagnostic = {"summary": "creating Queue", "detail": "two\n\nlines", "address": "aws_sqs_queue.q"}
    for message in (
        {"type": "version"},
        {"type": "outputs", "outputs": {"pipeline": {"sensitive": False, "type": "string", "value": "a"}}},
        {"type": "change_summary", "changes": {"add": 3, "change": 1, "remove": 0, "operation": "plan"}},
        *({"type": "diagnostic", "diagnostic": {**diagnostic, "severity": one}} for one in ("error", "warning")),
        *(
            {"type": "apply_complete", "hook": {"action": action, "resource": {"addr": "aws_sqs_queue.q"}}}
            for action in ("read", "create", "update")
        ),
    ):
        progress.read(json.dumps(message))
    progress.read("not JSON")

    assert str(progress) == "2 of 4 changes"
    assert progress.changes == ["create aws_sqs_queue.q", "update aws_sqs_queue.q"]
    assert progress.outputs == {"pipeline": "a"}
    assert progress.errors == ["aws_sqs_queue.q: creating Queue: two lines"]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        *((name, True) for name in ("root/main.tf", "root/values.tfvars", "dist/recorder.zip")),
        *((f"root/{name}", False) for name in (".terraform/modules.json", "terraform.tfstate", "README.md")),
    ],
)
def test_fingerprint_depends_on_what_is_applied(tmp_path: Path, name: str, changed: bool) -> None:
    for folder in ("root/.terraform", "dist"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / name).write_text("one")
    old_fingerprint = local_cloud_apply.fingerprint(tmp_path / "root", tmp_path / "dist")
    (tmp_path / name).write_text("two")

    assert (local_cloud_apply.fingerprint(tmp_path / "root", tmp_path / "dist") != old_fingerprint) is changed
