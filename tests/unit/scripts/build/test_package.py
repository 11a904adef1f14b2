"""What zips contain, when they are built, and what is rejected, tested with fictitious functions."""

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.build import dependencies, package
from orderflow_cli.build.package import FunctionZip

type Build = Callable[..., list[FunctionZip]]
VALIDATOR_FILE = "contracts/generated/validators/order_placed_v1.py"
JSON_FILES = (
    "recorder/catalog.json",
    *(f"contracts/{one}.json" for one in ("schemas/Order.v1", "examples/Order.v1/valid/a")),
)
SOURCE_FILES = {
    **{f"{folder}/__init__.py": "" for folder in ("recorder", "relay", "common", "contracts")},
    **{f"{function}/handler.py": "from common import aws\n" for function in ("recorder", "relay")},
    **dict.fromkeys(("recorder/tests/test_handler.py", "not_a_function/publish.py", VALIDATOR_FILE), ""),
    **{**dict.fromkeys(JSON_FILES, "{}"), "common/aws.py": "CLIENTS = {}\n"},
    **{"recorder/openapi.yaml": "openapi: 3.0.3", "recorder/README.md": "words"},
    "recorder/__pycache__/handler.cpython-313.pyc": "stale",
}


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A function that packages fictitious Lambda functions with one dependency."""
    dependency_folder = tmp_path / "dependencies"
    (dependency_folder / "powertools").mkdir(parents=True)
    (dependency_folder / "powertools" / "__init__.py").write_text("VERSION = 3\n")
    dependencies.compile_sources(dependency_folder)
    monkeypatch.setattr(dependencies, "ensure_installed", lambda: dependency_folder)
    for name, text in SOURCE_FILES.items():
        path = tmp_path / "lambdas" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(*names: str, **options: object) -> list[FunctionZip]:
        folders = {"lambdas_folder": tmp_path / "lambdas", "records_folder": tmp_path / "records"}
        return package.build(names, **{"dist": tmp_path / "dist", **folders, **options})  # type: ignore[arg-type]

    return run


def zip_entries(function_zip: FunctionZip) -> set[str]:
    with zipfile.ZipFile(function_zip.path) as archive:
        return {name for name in archive.namelist() if "__pycache__" not in name}


def test_zip_contains_only_the_runtime_files(build: Build) -> None:
    (built_zip,) = build("recorder")

    assert zip_entries(built_zip) == {
        *(f"recorder/{name}" for name in ("__init__.py", "handler.py", "catalog.json")),
        *("common/__init__.py", "common/aws.py", "contracts/__init__.py", "powertools/__init__.py"),
        VALIDATOR_FILE,
    }


def test_zip_contains_shared_packages_from_another_folder(build: Build, tmp_path: Path) -> None:
    folder = tmp_path / "team" / "functions"
    (folder / "loyalty").mkdir(parents=True)
    (folder / "loyalty" / "handler.py").write_text("from common import aws\n")
    options = package.external_build_options(folder)

    (built_zip,) = build(lambdas_folder=folder, shared_folder=tmp_path / "lambdas", dist=options["dist"])

    assert built_zip.path == tmp_path / "team" / "dist" / "loyalty.zip"
    assert {"loyalty/handler.py", "common/aws.py", "contracts/__init__.py"} <= zip_entries(built_zip)


def test_missing_folder_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere is not a folder"):
        package.external_build_options(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("changed_file", "functions"),
    [
        ("recorder/handler.py", {"recorder"}),
        ("common/aws.py", {"recorder", "relay"}),
        ("recorder/README.md", set()),
        ("recorder/openapi.yaml", set()),
        ("contracts/schemas/Order.v1.json", set()),
    ],
)
def test_changed_function_is_built_again(build: Build, tmp_path: Path, changed_file: str, functions: set[str]) -> None:
    hashes = {built_zip.function: built_zip.sha256 for built_zip in build()}
    (tmp_path / "lambdas" / changed_file).write_text("CHANGED = True\n")

    zips = build()

    assert {built_zip.function for built_zip in zips if built_zip.seconds} == functions
    assert {built_zip.function for built_zip in zips if built_zip.sha256 != hashes[built_zip.function]} == functions


def test_changed_zip_is_built_again(build: Build) -> None:
    (first_zip,) = build("relay")
    first_zip.path.write_bytes(b"not a zip any more")

    (second_zip,) = build("relay")

    assert second_zip.seconds > 0
    assert second_zip.sha256 == first_zip.sha256


def test_error_for_an_unknown_function_lists_the_known_ones(build: Build) -> None:
    with pytest.raises(UserError, match="Unknown function recoder; lambdas/ has recorder, relay"):
        build("recoder")


def test_too_large_zip_is_rejected(build: Build, tmp_path: Path) -> None:
    random_bytes = random.Random(1).randbytes(package.MAX_BYTES)
    (tmp_path / "lambdas" / "relay" / "model.bin").write_bytes(random_bytes)

    with pytest.raises(UserError, match=r"^relay\.zip must have at most 3,000,000 bytes, .*; got 3,0[0-9,]+"):
        build("relay")


def test_error_names_the_line_that_does_not_compile(build: Build, tmp_path: Path) -> None:
    (tmp_path / "lambdas" / "relay" / "handler.py").write_text("def broken(:\n")

    with pytest.raises(UserError, match=r"relay does not compile: relay/handler\.py, line 1: invalid syntax"):
        build("relay")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        *((one, "must not be in a zip") for one in ("boto3/client.py", "botocore-1.44.5.dist-info/METADATA")),
        *((one, "must not be in a zip") for one in ("aws_xray_sdk/core.py", "jmespath/tests/test_a.py")),
        ("rpds/rpds.cpython-313-x86_64-linux-gnu.so", "pure Python"),
    ],
)
def test_dependency_that_must_not_be_in_a_zip_is_rejected(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        dependencies.require_packageable_files([name])


def test_unneeded_files_are_removed_from_dependencies(tmp_path: Path) -> None:
    files = {f"jmespath{name}" for name in ("/__init__.py", "-1.dist-info/METADATA", "-1.dist-info/licenses/LICENSE")}
    metadata = {f"jmespath-1.dist-info/{name}" for name in ("RECORD", "INSTALLER", "WHEEL")}
    for name in files | metadata | {"jmespath/py.typed", "bin/jp.py", ".lock"}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    dependencies.remove_unneeded_files(tmp_path)

    assert set(dependencies.files(tmp_path)) == files
