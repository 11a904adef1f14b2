"""The dependencies in every zip, installed once per lock file, without unneeded or machine-dependent files."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from orderflow_cli import LOCAL_FOLDER, ROOT, UserError, console
from orderflow_cli.build import zips
from orderflow_cli.toolchain import install, venvs

LOCK_FILE = ROOT / "requirements" / "lambda.txt"
# Of a distribution's metadata, only licence and version are kept; RECORD, INSTALLER and the like describe the
# installation.
_KEPT_METADATA = ("METADATA", "LICENSE", "LICENCE", "NOTICE", "COPYING")
# Functions use only the logging and metrics of Powertools; these folders are most of its size. A function that imports
# one of them fails the import test of its zip: remove the folder from the list then.
_POWERTOOLS = "aws_lambda_powertools"
_UNUSED_PATHS = (f"{_POWERTOOLS}/event_handler/", f"{_POWERTOOLS}/middleware_factory/", f"{_POWERTOOLS}/utilities/")
_USED_PATHS = (f"{_POWERTOOLS}/utilities/__init__.py", f"{_POWERTOOLS}/utilities/jmespath_utils/")
_REQUIRED_MEGABYTES = 60
# boto3 comes with the runtime. Active tracing needs no SDK, and the X-Ray SDK is the slowest import of all.
FORBIDDEN = frozenset({"boto3", "botocore", "s3transfer", "aws_xray_sdk", "tests", "test", "pip", "setuptools"})


def folder(lock_file: Path = LOCK_FILE) -> Path:
    """Return the folder for the lock file's dependencies, as installed by this Python build."""
    key = hashlib.sha256(lock_file.read_bytes() + zips.PYTHON_BUILD.encode() + Path(__file__).read_bytes())
    return LOCAL_FOLDER / "build" / key.hexdigest()[:16]


def ensure_installed() -> Path:
    """Install the dependencies if needed and return their folder. Raises UserError if that fails."""
    target = folder()
    if target.exists():
        return target
    python = venvs.base_python()
    venvs.require_space(LOCAL_FOLDER, _REQUIRED_MEGABYTES)
    with venvs.installation_lock():
        if not target.exists():
            with console.step("dependencies of the Lambda functions (requirements/lambda.txt)") as progress:
                temporary_folder = target.with_name(f"{target.name}.new")
                shutil.rmtree(temporary_folder, ignore_errors=True)
                progress.detail = install.install_wheels(temporary_folder, LOCK_FILE, python)
                remove_unneeded_files(temporary_folder)
                require_packageable_files(files(temporary_folder))
                compile_sources(temporary_folder)
                temporary_folder.rename(target)
    return target


def remove_unneeded_files(installation: Path) -> None:
    for path in sorted(installation.rglob("*"), reverse=True):
        subpath = path.relative_to(installation)
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif (
            subpath.parts[0] == "bin"
            or (subpath.as_posix().startswith(_UNUSED_PATHS) and not subpath.as_posix().startswith(_USED_PATHS))
            or subpath.name.startswith(".")
            or path.suffix in {".pyi", ".pyc"}
            or path.name == "py.typed"
            or (subpath.parts[0].endswith(".dist-info") and not path.name.upper().startswith(_KEPT_METADATA))
        ):
            path.unlink()


def require_packageable_files(names: Iterable[str]) -> None:
    """Raise UserError for files that must not be in a zip: native code (zips run on x86-64 and arm64), tests, SDKs."""
    for name in names:
        parts = name.split("/")
        if name.endswith((".so", ".dylib", ".pyd")):
            raise UserError(f"{name} is native code; a zip must run on x86-64 and arm64, so use pure Python only.")
        if FORBIDDEN.intersection((parts[0], parts[0].split("-")[0])) or "tests" in parts[1:-1]:
            raise UserError(
                f"{name} must not be in a zip: boto3 comes with the runtime, and functions need no tests, pip, "
                "setuptools or X-Ray SDK. See requirements/lambda.in."
            )


def compile_sources(installation: Path) -> None:
    for path in sorted(installation.rglob("*.py")):
        name = path.relative_to(installation).as_posix()
        bytecode_file = installation / zips.bytecode_name(name)
        bytecode_file.parent.mkdir(exist_ok=True)
        bytecode_file.write_bytes(zips.bytecode(path.read_bytes(), name))


def files(installation: Path) -> dict[str, Path]:
    """Return the files to package, by name in the zip."""
    return {path.relative_to(installation).as_posix(): path for path in installation.rglob("*") if path.is_file()}
