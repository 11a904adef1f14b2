"""Builds one zip per function under lambdas/, in parallel and only if its inputs changed."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from orderflow_cli import LOCAL_FOLDER, ROOT, UserError
from orderflow_cli.build import dependencies as package_dependencies
from orderflow_cli.build import zips

LAMBDAS_FOLDER = ROOT / "lambdas"
DIST_FOLDER = ROOT / "dist"
SHARED_PACKAGES = ("common", "contracts")
MAX_BYTES = 3_000_000
# Files that the functions never read: sources of generated code, documents, tests.
_EXCLUDED_FOLDERS = frozenset({"__pycache__", "tests", "schemas", "examples", "draft4"})
_EXCLUDED_SUFFIXES = frozenset({".pyc", ".pyi", ".md", ".orig", ".swp"})
_EXCLUDED_NAMES = frozenset({"py.typed", "openapi.yaml", "openapi.json"})


@dataclass(frozen=True)
class FunctionZip:
    """A function's zip. Sizes are in bytes; `own_size` and `shared_size` are those of uncompressed sources."""

    function: str
    path: Path
    sha256: str
    size: int
    file_count: int
    own_size: int
    shared_size: int
    seconds: float
    """Build time; 0 if nothing had changed."""


def functions(lambdas_folder: Path = LAMBDAS_FOLDER) -> list[str]:
    """Return the names of the functions: the folders that have a handler."""
    return sorted(path.parent.name for path in lambdas_folder.glob("*/handler.py"))


def sources(package: Path) -> dict[str, Path]:
    """Return the files of a Python package that go into the zip, by name in the zip."""
    files = {}
    for path in package.rglob("*"):
        relative_path = path.relative_to(package.parent)
        is_excluded = not _EXCLUDED_FOLDERS.isdisjoint(relative_path.parts) or relative_path.name.startswith(".")
        is_excluded = is_excluded or path.suffix in _EXCLUDED_SUFFIXES or path.name in _EXCLUDED_NAMES
        if path.is_file() and not is_excluded:
            files[relative_path.as_posix()] = path
    return files


def external_build_options(folder: Path) -> dict[str, Path]:
    """Return the arguments of `build` for functions in a folder outside lambdas/; the zips go to dist/ beside it."""
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; name one that contains functions.")
    folder = folder.resolve()
    build_folders = {"dist": folder.parent / "dist", "records_folder": LOCAL_FOLDER / "build" / folder.parent.name}
    return {"lambdas_folder": folder, "shared_folder": LAMBDAS_FOLDER, **build_folders}


def build(
    names: Sequence[str] = (),
    *,
    lambdas_folder: Path = LAMBDAS_FOLDER,
    shared_folder: Path | None = None,
    dist: Path = DIST_FOLDER,
    records_folder: Path = LOCAL_FOLDER / "build",
    on_ready: Callable[[FunctionZip], None] = lambda _: None,
) -> list[FunctionZip]:
    """Build the zips of `names` (default: all) and return them in that order; `on_ready` receives each when it exists.

    `lambdas_folder` contains the functions, `shared_folder` (default: the same) the packages that every zip includes.
    Raises UserError, for example for unknown functions, forbidden files, invalid code or a zip that is too large."""
    known_names = functions(lambdas_folder)
    if unknown_names := sorted(set(names) - set(known_names)):
        known_text = ", ".join(known_names) or "none yet"
        raise UserError(f"Unknown function {', '.join(unknown_names)}; {lambdas_folder.name}/ has {known_text}.")
    dependency_folder = package_dependencies.ensure_installed()
    dependencies = package_dependencies.files(dependency_folder)
    dist.mkdir(parents=True, exist_ok=True)
    records_folder.mkdir(parents=True, exist_ok=True)
    package_sources = [sources((shared_folder or lambdas_folder) / package) for package in SHARED_PACKAGES]
    shared_sources = {name: path for files in package_sources for name, path in files.items()}
    zips_by_function: dict[str, FunctionZip] = {}

    def build_function(function: str) -> FunctionZip:
        own_sources = sources(lambdas_folder / function)
        key = input_key({**own_sources, **shared_sources}, dependency_folder.name)
        record, target = records_folder / f"{function}.json", dist / f"{function}.zip"
        if previous_build := _previous_build(record, key, target):
            return previous_build
        function_zip = _build_zip(function, own_sources, shared_sources, dependencies, target)
        # Another process may be building the same zip.
        temporary_file = record.with_suffix(f".{os.getpid()}")
        temporary_file.write_text(json.dumps({"key": key, "built": {**asdict(function_zip), "path": str(target)}}))
        temporary_file.replace(record)
        return function_zip

    with ThreadPoolExecutor(os.process_cpu_count()) as pool:
        for job in as_completed([pool.submit(build_function, name) for name in names or known_names]):
            zips_by_function[job.result().function] = job.result()
            on_ready(job.result())
    return [zips_by_function[name] for name in names or known_names]


def _previous_build(record: Path, key: str, target: Path) -> FunctionZip | None:
    """Return the previous build if neither the inputs nor the zip has changed."""
    if not (record.exists() and target.exists()):
        return None
    content = json.loads(record.read_text())
    if content["key"] != key or content["built"]["sha256"] != zips.sha256(target):
        return None
    return FunctionZip(**{**content["built"], "path": target, "seconds": 0.0})


def _build_zip(
    function: str, own_files: dict[str, Path], shared_files: dict[str, Path], libraries: dict[str, Path], target: Path
) -> FunctionZip:
    start = time.monotonic()
    package_dependencies.require_packageable_files([*own_files, *shared_files])
    try:
        digest = zips.write(target, {**libraries, **shared_files, **own_files})
    except SyntaxError as error:
        file = (error.filename or "").removeprefix(f"{zips.TASK_ROOT}/")
        raise UserError(f"{function} does not compile: {file}, line {error.lineno}: {error.msg}.") from error
    size = target.stat().st_size
    if size > MAX_BYTES:
        raise UserError(
            f"{target.name} must have at most {MAX_BYTES:,} bytes, to keep cold starts short; got {size:,}. "
            "Find the largest files with `unzip -lv`."
        )
    file_count = len(own_files) + len(shared_files) + len(libraries)
    own_size, shared_size = (sum(path.stat().st_size for path in group.values()) for group in (own_files, shared_files))
    return FunctionZip(function, target, digest, size, file_count, own_size, shared_size, time.monotonic() - start)


def input_key(files: dict[str, Path], dependency_folder_name: str) -> str:
    """Return a hash of every input of a zip."""
    digest = hashlib.sha256(f"{zips.PYTHON_BUILD} {dependency_folder_name}".encode())
    for name in sorted(files):
        digest.update(f"{name}\0{zips.sha256(files[name])}\n".encode())
    for module in (zips.__file__, package_dependencies.__file__, __file__):
        digest.update(Path(module).read_bytes())
    return digest.hexdigest()
