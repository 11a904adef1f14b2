"""The bash launcher: the Python that it uses, what it installs, and its error if there is no Python."""

import shutil
import subprocess
from pathlib import Path

import pytest

from orderflow_cli import ROOT
from orderflow_cli.toolchain import venvs

TOOLS = ("bash", "cmp", "dirname", "env", "sh")
FIXED_PATHS_TEXT = "/usr/local/bin/python3.13 /usr/bin/python3.13 /opt/homebrew/bin/python3.13"
PYTHON_STUB = f'exec {venvs.base_python()} "$@"'
OLD_PYTHON_STUB = '[ "$1" = --version ] && echo "Python 3.11.2" && exit; exit 1'
SETUP_SCRIPT = """
import pathlib, sys
venv = pathlib.Path(__file__).parents[3] / ".venv"
(venv / "bin").mkdir(parents=True, exist_ok=True)
python = venv / "bin" / "python"
python.unlink(missing_ok=True)
python.symlink_to(sys._base_executable)
(venv / "installed-lock.txt").write_text((venv.parent / "requirements" / "dev.txt").read_text())
print("set up", *sys.argv[1:])
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the launcher, placeholder Python code, and a PATH without Python."""
    text = (ROOT / "scripts" / "orderflow").read_text()
    assert FIXED_PATHS_TEXT in text
    package = tmp_path / "scripts" / "orderflow_cli"
    package.mkdir(parents=True)
    (tmp_path / "scripts" / "orderflow").write_text(text.replace(FIXED_PATHS_TEXT, ""))
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("import sys; print('ran', *sys.argv[1:])")
    (package / "toolchain").mkdir()
    (package / "toolchain" / "__init__.py").touch()
    (package / "toolchain" / "venvs.py").write_text(SETUP_SCRIPT)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text("one==1\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "home").mkdir()
    for name in TOOLS:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return tmp_path


def add_program(clone: Path, name: str, script: str) -> None:
    path = clone / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def launch(clone: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": str(clone / "bin"), "HOME": str(clone / "home"), **variables}
    command = ["bash", str(clone / "scripts" / "orderflow"), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=env, cwd="/")


@pytest.mark.parametrize(
    ("programs", "variables"),
    [
        ({"python3.13": PYTHON_STUB}, {}),
        ({"python3.13": "echo 'pyenv: python3.13: command not found' >&2; exit 127", "python": PYTHON_STUB}, {}),
        ({"python3.13": f'[ "$PYENV_VERSION" = 3.13 ] && {PYTHON_STUB}; exit 127'}, {"PYENV_VERSION": "3.11"}),
    ],
)
def test_command_runs_in_its_own_venv(clone: Path, programs: dict[str, str], variables: dict[str, str]) -> None:
    for name, script in programs.items():
        add_program(clone, name, script)

    process = launch(clone, "status", "--json", **variables)

    assert process.stdout.splitlines() == ["set up project", "ran status --json"]


def test_venv_is_set_up_again_only_when_its_lock_file_changes(clone: Path) -> None:
    add_program(clone, "python3", PYTHON_STUB)
    launch(clone, "status")

    assert launch(clone, "status").stdout.splitlines() == ["ran status"]

    (clone / "requirements" / "dev.txt").write_text("one==2\n")
    assert launch(clone, "status").stdout.splitlines() == ["set up project", "ran status"]


@pytest.mark.parametrize(
    ("programs", "variables", "message"),
    [
        ({"python3": OLD_PYTHON_STUB}, {}, "Python 3.13 is required; found Python 3.11.2. Install it"),
        ({}, {}, "Python 3.13 is required; found no Python."),
        ({"python3.13": PYTHON_STUB}, {"ORDERFLOW_PYTHON": "/nowhere/python"}, "got /nowhere/python"),
    ],
)
def test_error_says_what_to_do_when_there_is_no_suitable_python(
    clone: Path, programs: dict[str, str], variables: dict[str, str], message: str
) -> None:
    for name, script in programs.items():
        add_program(clone, name, script)

    process = launch(clone, "status", **variables)

    assert (process.returncode, process.stdout) == (1, "")
    (line,) = process.stderr.splitlines()
    assert message in line
    assert "ORDERFLOW_PYTHON" in line


@pytest.mark.parametrize("command", [["down"], ["clean"], [], ["--help"]])
def test_nothing_is_installed_for_down_clean_and_help(clone: Path, command: list[str]) -> None:
    add_program(clone, "python3", PYTHON_STUB)

    process = launch(clone, *command)

    assert process.stdout.splitlines() == [" ".join(["ran", *command])]
    assert not (clone / ".venv").exists()


def test_launcher_finds_its_clone_when_started_from_another_folder(clone: Path) -> None:
    add_program(clone, "python3", PYTHON_STUB)
    env = {"PATH": str(clone / "bin"), "HOME": str(clone / "home")}

    output = subprocess.check_output(["bash", "../scripts/orderflow", "status"], text=True, env=env, cwd=clone / "home")

    assert output.splitlines()[-1] == "ran status"
