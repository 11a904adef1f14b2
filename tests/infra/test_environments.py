"""The environments are one description with other values: nothing can be true in dev and untried in prod."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform
from tests.infra.support.folders import ENVIRONMENTS, TERRAFORM, environments, name_of

ROOTS = environments()
FIRST = ROOTS[0]
# Only these hold values: which backend with which key, and the settings.
VALUES = {"backend.tf", "settings.tf"}
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def files(root: Path) -> set[str]:
    return {
        str(file.relative_to(root))
        for file in root.rglob("*")
        if file.is_file() and ".terraform" not in file.parts and not _is_made_by_terraform(file)
    }


def _is_made_by_terraform(file: Path) -> bool:
    return file.name == ".terraform.lock.hcl" or ".tfstate" in file.name or file.suffix in {".tfplan", ".log"}


def settings(root: Path) -> list[str]:
    """The names that settings.tf gives values to, in order; what is inside a value does not count."""
    return re.findall(r"^  (\w+)\s*=", (root / "settings.tf").read_text(), re.MULTILINE)


def test_the_four_environments_are_there() -> None:
    assert {"local", "dev", "staging", "prod"} <= {root.name for root in ROOTS}


@pytest.mark.parametrize("root", ROOTS[1:], ids=name_of)
def test_file_sets_are_the_same_when_roots_are_compared(root: Path) -> None:
    assert files(root) == files(FIRST)


@pytest.mark.parametrize("root", ROOTS[1:], ids=name_of)
def test_code_is_the_same_when_roots_are_compared(root: Path) -> None:
    code = {name for name in files(root) if name.endswith(".tf")} - VALUES

    differing = {name for name in code if (root / name).read_text() != (FIRST / name).read_text()}

    assert {"main.tf", "outputs.tf", "providers.tf", "variables.tf"} <= code
    assert not differing


@pytest.mark.parametrize("root", ROOTS, ids=name_of)
def test_settings_name_the_same_values_when_roots_are_compared(root: Path) -> None:
    assert settings(root) == settings(FIRST)
    assert f'environment = "{root.name}"' in (root / "settings.tf").read_text()


@pytest.mark.parametrize("root", [root for root in ROOTS if root.name != "local"], ids=name_of)
def test_remote_backends_differ_in_the_key_only_when_compared(root: Path) -> None:
    text = (root / "backend.tf").read_text()
    dev = (root.parent / "dev" / "backend.tf").read_text()

    assert f'"{root.name}/terraform.tfstate"' in text
    assert TEXT.sub('""', text) == TEXT.sub('""', dev)
    assert re.search(r"use_lockfile\s*=\s*true", text)
    assert re.search(r"encrypt\s*=\s*true", text)


@pytest.mark.parametrize("root", ROOTS, ids=name_of)
def test_secrets_are_not_in_the_files_when_read(root: Path) -> None:
    text = (root / "settings.tf").read_text()

    assert not re.search(r"api_key|secret|password|token\s*=", text, re.IGNORECASE)


def test_environment_is_complete_when_added_as_the_readme_says(tmp_path: Path) -> None:
    scratch = tmp_path / "terraform"
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    for part in ("environments/dev", "modules", "pipeline", "testing"):
        shutil.copytree(TERRAFORM / part, scratch / part, ignore=ignored)
    contracts = Path("lambdas", "contracts", "generated", "draft4")
    shutil.copytree(ROOT / contracts, tmp_path / contracts)
    (lines,) = re.findall(r"```sh\n(.*?)```", (ENVIRONMENTS / "README.md").read_text(), re.DOTALL)

    subprocess.run(["sh", "-eu", "-c", lines], cwd=scratch / "environments", check=True)

    added = scratch / "environments" / "qa"
    assert files(added) == files(FIRST)
    assert settings(added) == settings(FIRST)
    assert not re.search(r"\bdev\b", "".join(file.read_text() for file in added.rglob("*") if file.is_file()))
    done = terraform.run(added, "test", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr
