"""Installs the packages of a hashed lock file into a venv or folder, with uv (itself hashed) or, if uv fails, with pip.

The index, proxy and certificate settings of the user's machine are respected. uv does not read pip's configuration, so
pip installs the packages if the index is configured only there."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from orderflow_cli import LOCAL_FOLDER, ROOT, TOOLS_FOLDER, UserError

_NETWORK_ERROR = re.compile(
    r"name resolution|dns error|resolve host|connection (refused|reset|aborted|error)|new connection|unreachable|"
    r"timed out|error sending request|certificate|tls handshake|ssl:|no matching distribution|"
    r"not found in the (package )?registry|offline",
    re.IGNORECASE,
)


def create(folder: Path, base: str) -> None:
    """Create an empty virtual environment with the interpreter `base`."""
    _run([base, "-m", "venv", "--without-pip", str(folder)])


def install(folder: Path, lock: Path, base: str, *, compile_bytecode: bool = False) -> str:
    """Make the venv match the lock file exactly; return the installer used (`uv` or `pip`)."""
    python = str(folder / "bin" / "python")
    pip_python = _ensure_pip_python(base)
    uv = _ensure_uv(pip_python)
    if uv is not None:
        command = [uv, "--system-certs", "--quiet", "pip", "sync", "--require-hashes", "--python", python]
        if _run_and_return_error([*command, *(["--compile-bytecode"] if compile_bytecode else []), str(lock)]) is None:
            return "uv"
    # pip does not remove packages that are no longer in the lock file, so start from an empty venv.
    shutil.rmtree(folder, ignore_errors=True)
    create(folder, base)
    pip = [str(pip_python), "-m", "pip", "--python", python, "install", "--quiet", "--require-hashes", "--no-deps"]
    _run([*pip, "-r", str(lock)])
    return "pip"


def install_wheels(folder: Path, lock: Path, base: str) -> str:
    """Install the wheels of a lock file into a plain folder; return the installer used (`uv` or `pip`)."""
    pip_python = _ensure_pip_python(base)
    uv = _ensure_uv(pip_python)
    options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--target", str(folder), "-r", str(lock)]
    if uv is not None:
        command = [uv, "--system-certs", "--quiet", "pip", "install", "--python", str(pip_python), *options]
        if _run_and_return_error(command) is None:
            return "uv"
    shutil.rmtree(folder, ignore_errors=True)
    _run([str(pip_python), "-m", "pip", "install", "--quiet", "--no-compile", *options])
    return "pip"


def _ensure_pip_python(base: str) -> Path:
    """Return the Python of a separate venv with pip, which the user's Python and the project's venv may lack."""
    folder = TOOLS_FOLDER / "installer"
    python = folder / "bin" / "python"
    if _run_and_return_error([str(python), "-m", "pip", "--version"]) is not None:
        shutil.rmtree(folder, ignore_errors=True)
        try:
            _run([base, "-m", "venv", str(folder)])
        except UserError as error:
            if "ensurepip" not in log_path().read_text():
                raise
            raise UserError(
                f"{base} has no ensurepip; install its venv package (on Debian and Ubuntu `python3.13-venv`) "
                "or set ORDERFLOW_PYTHON to another Python 3.13."
            ) from error
    return python


def _ensure_uv(pip_python: Path) -> str | None:
    lock = ROOT / "requirements" / "bootstrap.txt"
    uv, stamp = pip_python.parent / "uv", pip_python.parent.parent / "installed-lock.txt"
    if uv.exists() and stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return str(uv)
    pip = [str(pip_python), "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    if _run_and_return_error([*pip, "-r", str(lock)]) is not None:
        return None
    shutil.copyfile(lock, stamp)
    return str(uv)


def _run_and_return_error(command: Sequence[str]) -> str | None:
    """Run a command, logging its output; return the output if the command fails, None on success."""
    overrides = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}}
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True, env={**env, **overrides})
        output, failed = result.stdout + result.stderr, result.returncode != 0
    except OSError as error:
        output, failed = str(error), True
    LOCAL_FOLDER.mkdir(exist_ok=True)
    with log_path().open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{output}")
    return output if failed else None


def _run(command: Sequence[str]) -> None:
    output = _run_and_return_error(command)
    if output is not None:
        raise explain_failure(output, log_path())


def log_path() -> Path:
    return LOCAL_FOLDER / "setup.log"


def explain_failure(output: str, log: Path) -> UserError:
    """Return a one-line error that explains an installer's failure, from its output."""
    if "No space left" in output or "os error 28" in output:
        return UserError(f"The disk is full; free some space under {ROOT} (and in TMPDIR) and run the command again.")
    if "HASH" in output or "Hash mismatch" in output:
        return UserError(
            "A downloaded package does not match its hash in requirements/, so it was not installed; "
            f"check the index that pip and uv use. Details are in {log}."
        )
    if _NETWORK_ERROR.search(output):
        return UserError(
            "The package index cannot be reached; connect to the internet for the first run, or point pip at your "
            f"own index (PIP_INDEX_URL, PIP_CERT). Details are in {log}."
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return UserError(f"The installation failed: {lines[-1] if lines else 'no output'}. The full output is in {log}.")
