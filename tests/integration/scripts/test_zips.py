"""The functions' zips, imported with only the packages of the Lambda runtime.

The emulator runs functions with its own packages beside them, which would hide a dependency that a zip lacks."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from orderflow_cli.build import package

# The packages in Lambda's python3.13 runtime.
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
IMPORT_SCRIPT = """
import dataclasses, os, sys, typing
task, runtime, function = sys.argv[1:]
sys.path[:0] = [task]
sys.path.append(runtime)
settings = __import__(f"{function}.settings", fromlist=["Settings"]).Settings
hints = typing.get_type_hints(settings)
for field in dataclasses.fields(settings):
    literal = typing.get_args(hints[field.name]) if typing.get_origin(hints[field.name]) is typing.Literal else ()
    os.environ[field.name.upper()] = literal[0] if literal else "true" if hints[field.name] is bool else "1"
handler = __import__(f"{function}.handler", fromlist=["handler"]).handler
assert callable(handler)
print(__import__(function).__file__)
"""


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with only the packages of the Lambda runtime."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME_PACKAGES:
        top_level_names = {file.parts[0] for file in importlib.metadata.files(name) or [] if ".." not in file.parts}
        for top_level_name in top_level_names - {"__pycache__"}:
            package_path = Path(str(importlib.metadata.distribution(name).locate_file(top_level_name)))
            if not (folder / top_level_name).exists():
                (folder / top_level_name).symlink_to(package_path)
    return folder


def import_handler(function: str, task: Path, runtime: Path) -> "subprocess.CompletedProcess[str]":
    """Import the function's handler from its zip in a process with only the runtime; return the result."""
    names = ("AWS_DEFAULT_REGION", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "ENVIRONMENT")
    environment = {**dict.fromkeys(names, "eu-west-1"), "PATH": os.defpath}
    command = [sys.executable, "-I", "-S", "-c", IMPORT_SCRIPT, str(task), str(runtime), function]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("function", package.functions())
def test_handler_can_be_imported_from_its_zip_and_the_runtime(function: str, runtime: Path, tmp_path: Path) -> None:
    (package_zip,) = package.build([function])
    with zipfile.ZipFile(package_zip.path) as archive:
        archive.extractall(tmp_path)

    process = import_handler(function, tmp_path, runtime)

    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith(str(tmp_path))
    shutil.rmtree(tmp_path / "aws_lambda_powertools")
    assert "No module named 'aws_lambda_powertools'" in import_handler(function, tmp_path, runtime).stderr
