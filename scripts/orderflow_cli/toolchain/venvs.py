"""Creates virtual environments from their hashed lock files, if missing or outdated.

Runs before any package is installed, so it imports the standard library only:
`python -m orderflow_cli.toolchain.venvs project|ministack|localemu|checkov`."""

import fcntl
import filecmp
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orderflow_cli import LOCAL_FOLDER, ROOT, UserError, console, explain_file_error
from orderflow_cli.toolchain import install

STAMP_FILE = "installed-lock.txt"


@dataclass(frozen=True)
class Venv:
    """A virtual environment, its lock file, and the disk space it needs (MB, measured, rounded up)."""

    folder: Path
    lock_file: Path
    megabytes: int
    compile_bytecode: bool = False
    """Whether to compile bytecode at install time, for a fast first use."""

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def is_current(self) -> bool:
        stamp = self.folder / STAMP_FILE
        return self.python.exists() and stamp.exists() and filecmp.cmp(stamp, self.lock_file, shallow=False)


def venvs(root: Path = ROOT) -> dict[str, Venv]:
    requirements_folder = root / "requirements"
    return {
        "project": Venv(root / ".venv", requirements_folder / "dev.txt", 600),
        "ministack": Venv(root / ".venv-ministack", requirements_folder / "ministack.txt", 120, compile_bytecode=True),
        "localemu": Venv(root / ".venv-localemu", requirements_folder / "localemu.txt", 600),
        "checkov": Venv(root / ".venv-checkov", requirements_folder / "checkov.txt", 500),
    }


def ensure(name: str) -> Path:
    """Make sure that the venv `name` matches its lock file, and return its interpreter.

    Raises UserError if it cannot be created, for example with a Python other than 3.13, a full disk or no network."""
    venv = venvs()[name]
    if venv.is_current():
        return venv.python
    with installation_lock():
        if not venv.is_current():
            _create(venv)
    return venv.python


def _create(venv: Venv) -> None:
    require_space(venv.folder.parent, venv.megabytes)
    base = base_python()
    count = sum("==" in line for line in venv.lock_file.read_text().splitlines() if not line.startswith((" ", "#")))
    with console.step(f"{venv.folder.name} from requirements/{venv.lock_file.name} ({count} packages)") as progress:
        (venv.folder / STAMP_FILE).unlink(missing_ok=True)
        if not _is_usable(venv.python):
            shutil.rmtree(venv.folder, ignore_errors=True)
            install.create(venv.folder, base)
        progress.detail = install.install(venv.folder, venv.lock_file, base, compile_bytecode=venv.compile_bytecode)
        pending = venv.folder / f"{STAMP_FILE}.new"
        shutil.copyfile(venv.lock_file, pending)
        pending.replace(venv.folder / STAMP_FILE)


def base_python() -> str:
    """Return the base interpreter: a venv must not be built on another venv, which may be removed."""
    if sys.version_info[:2] != (3, 13):
        raise UserError(
            f"Python must be 3.13; got {sys.version.split()[0]}. Run scripts/orderflow, which finds the right version."
        )
    return str(getattr(sys, "_base_executable", sys.executable))


def require_space(folder: Path, megabytes: int) -> None:
    """Raise UserError if the disk of `folder` has less than `megabytes` MB free."""
    while not folder.exists():
        folder = folder.parent
    free_megabytes = shutil.disk_usage(folder).free // 1_000_000
    if free_megabytes < megabytes:
        raise UserError(
            f"{megabytes} MB of disk space are needed under {folder}, but only {free_megabytes} MB are free; "
            "free some (`make clean` removes generated files) and run the command again."
        )


def _is_usable(python: Path) -> bool:
    probe = "import sys; sys.exit(sys.version_info[:2] != (3, 13))"
    return python.exists() and subprocess.run([python, "-c", probe], check=False, capture_output=True).returncode == 0


@contextmanager
def installation_lock() -> Iterator[None]:
    """Hold a lock for the block, so that only one process at a time installs into this clone."""
    LOCAL_FOLDER.mkdir(exist_ok=True)
    with (LOCAL_FOLDER / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.say("  … waiting for another orderflow process to finish installing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(names: list[str]) -> int:
    try:
        for name in names:
            ensure(name)
    except UserError as error:
        console.warn(str(error))
        return 1
    except OSError as error:
        console.warn(str(explain_file_error(error) or install.explain_failure(str(error), install.log_path())))
        return 1
    except KeyboardInterrupt:
        console.warn("interrupted; run the same command to continue")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
