"""Every folder with Terraform is formatted, valid and passes its own tests, against a mocked provider."""

import re
from pathlib import Path

import pytest

from dev.evidence import rows
from orderflow_cli.toolchain import terraform
from tests.infra.support import runs
from tests.infra.support.folders import every_folder, modules, name_of

FOLDERS = every_folder()
TESTED = [
    folder for folder in FOLDERS if (folder / "tests").is_dir()
]  # others are planned by the tests beside or applied by tests/e2e


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_configuration_is_valid_when_validated(folder: Path, with_provider: dict[str, str]) -> None:
    done = terraform.run(folder, "validate", "-no-color", env=with_provider)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stdout


@pytest.mark.parametrize("folder", TESTED, ids=name_of)
def test_behaviour_holds_when_its_own_tests_run(
    folder: Path, with_provider: dict[str, str], request: pytest.FixtureRequest
) -> None:
    done = terraform.run(folder, "test", "-json", env=with_provider)

    assert done.returncode == 0, runs.report(done.stdout) + done.stderr
    assert runs.runs(done.stdout), done.stdout
    assert all(run.passed for run in runs.runs(done.stdout)), runs.report(done.stdout)
    proven = runs.proven(folder, name_of(folder), done.stdout, rows.rows())
    request.node.user_properties.extend(map(rows.property_of, proven))


@pytest.mark.parametrize("folder", TESTED, ids=name_of)
def test_every_run_asserts_or_expects_a_failure_when_it_is_read(folder: Path) -> None:
    runs = [
        (name, body)
        for file in folder.glob("tests/*.tftest.hcl")
        for name, body in re.findall(r'^run "(\w+)" \{\n(.*?)^\}', file.read_text(), re.MULTILINE | re.DOTALL)
    ]

    idle = [name for name, body in runs if "assert {" not in body and "expect_failures" not in body]

    assert runs
    assert not idle


@pytest.mark.parametrize("folder", modules(), ids=name_of)
def test_every_example_is_executed_by_a_run_when_it_is_looked_for(folder: Path) -> None:
    examples = {example.name for example in folder.glob("examples/*") if (example / "main.tf").exists()}
    executed = {
        name
        for file in folder.glob("tests/*.tftest.hcl")
        for name in re.findall(r'source\s*=\s*"\./examples/(\w+)"', file.read_text())
    }

    assert executed == examples
