"""When and how a root module is initialised, and how errors are reported, with a double that records the calls."""

from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.toolchain import terraform, terraform_binary, terraform_provider

TERRAFORM_DOUBLE_SCRIPT = """#!/bin/sh
echo "$*|$TF_CLI_CONFIG_FILE|$AWS_PROFILE|$TF_WORKSPACE" >> {log}
[ -f {answer} ] && {{ cat {answer}; exit 1; }}
exit 0
"""
MODULE_CODE = """
module "queue" {
  source = "../queue"
}
"""


class TerraformDouble:
    def __init__(self, folder: Path) -> None:
        self.program, self.log, self.answer = folder / "terraform", folder / "calls", folder / "answer"
        self.program.write_text(TERRAFORM_DOUBLE_SCRIPT.format(log=self.log, answer=self.answer))
        self.program.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def init_calls(self) -> list[str]:
        return [call for call in self.calls if " init " in call]


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TerraformDouble:
    (tmp_path / "tools").mkdir()
    double = TerraformDouble(tmp_path / "tools")
    source = terraform_provider.Source("made up", {"TF_CLI_CONFIG_FILE": "/own/rc"}, is_mirror=True)
    monkeypatch.setattr(terraform_binary, "find", lambda: double.program)
    monkeypatch.setattr(terraform_provider, "source", lambda: source)
    monkeypatch.setattr(terraform_provider, "LOCAL_TERRAFORM_FOLDER", tmp_path / ".local")
    return double


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root module that calls another module."""
    for name in ("root", "queue"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text("# nothing\n")
    (tmp_path / "root" / "main.tf").write_text(MODULE_CODE)
    return tmp_path / "root"


def test_init_verifies_the_committed_lock(double: TerraformDouble, root: Path) -> None:
    terraform.run(root, "validate")

    assert double.calls[0].startswith(f"-chdir={root} init -input=false -no-color -lockfile=readonly -backend=false|")
    assert (root / ".terraform.lock.hcl").read_bytes() == terraform_provider.LOCK_FILE.read_bytes()


def test_init_is_skipped_when_its_inputs_are_unchanged(double: TerraformDouble, root: Path) -> None:
    terraform.run(root, "validate")
    (root / "main.tf").write_text(MODULE_CODE + '\noutput "unrelated" {\n  value = 1\n}\n')

    terraform.run(root, "validate")

    assert (len(double.init_calls()), len(double.calls)) == (1, 3)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("root/main.tf", MODULE_CODE.replace('"queue"', '"other"')),
        ("queue/main.tf", 'terraform {\n  required_version = ">= 1.12"\n}\n'),
        ("queue/more.tf", 'module "deeper" {\n  source = "../root"\n}\n'),
        ("root/tests/a.tftest.hcl", 'run "set_up" {\n  module {\n    source = "./fixture"\n  }\n}\n'),
    ],
)
def test_init_runs_again_when_an_input_changes(double: TerraformDouble, root: Path, file: str, text: str) -> None:
    terraform.run(root, "validate")
    changed_file = root.parent / file
    changed_file.parent.mkdir(exist_ok=True)
    changed_file.write_text(text)

    terraform.run(root, "validate")

    assert len(double.init_calls()) == 2


def test_init_runs_again_when_the_backend_is_needed(double: TerraformDouble, root: Path) -> None:
    terraform.run(root, "validate")
    terraform.init(root, "-backend-config=bucket=states", force=True)
    terraform.run(root, "plan")

    calls = double.init_calls()
    assert [("-backend=false" in call, "-backend-config=bucket=states" in call) for call in calls] == [
        (True, False),
        (False, True),
    ]


def test_init_runs_again_when_the_previous_init_failed(double: TerraformDouble, root: Path) -> None:
    double.answer.write_text("Error: something")
    with pytest.raises(UserError):
        terraform.run(root, "validate")
    double.answer.unlink()

    terraform.run(root, "validate")

    assert len(double.init_calls()) == 2


def test_machine_settings_are_ignored(double: TerraformDouble, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TF_CLI_CONFIG_FILE": "/nowhere", "TF_WORKSPACE": "other", "AWS_PROFILE": "somebody"}.items():
        monkeypatch.setenv(name, value)

    terraform.run(root, "plan")
    terraform.run(root, "plan", env={"PATH": "/usr/bin:/bin"})

    assert {tuple(call.split("|")[1::2]) for call in double.calls} == {("/own/rc", "")}
    assert [call.split("|")[2] for call in double.calls][-1] == ""


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (
            "│ Error: Failed to query available provider packages\n│ could not connect to registry.terraform.io",
            "aws 5.100.0 is in no plugin folder of this machine, and the registry cannot be reached. Connect to",
        ),
        ("Error: write x: no space left on device", "the disk is full"),
        ("Error: retrieving caller identity from STS: connection refused", "failed: Error: retrieving caller"),
        ("╷\n│ Error: Module not installed\n│ \n│ no such folder", "failed: Error: Module not installed no such"),
    ],
)
def test_failed_init_is_explained_on_one_line(double: TerraformDouble, root: Path, output: str, text: str) -> None:
    double.answer.write_text(output)

    with pytest.raises(UserError) as error_info:
        terraform.run(root, "validate")

    assert text in str(error_info.value)
    assert "\n" not in str(error_info.value)


def test_failure_of_terraform_is_returned_to_the_caller(double: TerraformDouble, root: Path) -> None:
    terraform.init(root)
    double.answer.write_text("two problems")

    result = terraform.run(root, "validate")

    assert (result.returncode, result.stdout) == (1, "two problems")


def test_modules_that_call_each_other_are_found(root: Path) -> None:
    (root.parent / "queue" / "main.tf").write_text('module "back" {\n  source = "../root"\n}\n')

    assert terraform.local_modules(root) == sorted([root.resolve(), (root.parent / "queue").resolve()])
