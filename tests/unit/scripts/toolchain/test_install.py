"""The errors of installers, and the fallback from uv to pip."""

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.toolchain import install, venvs

LOG = Path("setup.log")
WHEEL = "made_up-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "The disk is full; free some space"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE", "A downloaded package does not match"),
        ("error: Hash mismatch for `rich==15.0.0`", "A downloaded package does not match"),
        ("error: dns error: failed to lookup address information", "The package index cannot be reached; connect to"),
        ("Failed to establish a new connection: [Errno 111] Connection refused", "The package index cannot be reached"),
        ("SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed", "The package index cannot be reached"),
        ("first\n\n  something else broke\n", "The installation failed: something else broke. The full output"),
        ("", "The installation failed: no output"),
    ],
)
def test_failed_installation_is_explained_on_one_line(output: str, sentence: str) -> None:
    error = install.explain_failure(output, LOG)

    assert str(error).startswith(sentence)
    assert "\n" not in str(error)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with one wheel the only package index, use this venv's pip, and hide uv."""
    folder = tmp_path / "index"
    folder.mkdir()
    record = "made_up-1.0.dist-info/RECORD"
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("made_up.py", "ANSWER = 42\n")
        wheel.writestr("made_up-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n")
        wheel.writestr("made_up-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(record, f"made_up.py,,\n{record},,\n")
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(install, "LOCAL_FOLDER", tmp_path / ".local")
    monkeypatch.setattr(install, "_ensure_pip_python", lambda base: Path(sys.executable))
    monkeypatch.setattr(install, "_ensure_uv", lambda pip_python: None)
    return folder


def write_lock(folder: Path, digest: str) -> Path:
    path = folder / "lock.txt"
    path.write_text(f"made-up==1.0 \\\n    --hash=sha256:{digest}\n")
    return path


def test_pip_installs_when_uv_is_unavailable(index: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256((index / WHEEL).read_bytes()).hexdigest()

    installer = install.install(tmp_path / "venv", write_lock(tmp_path, digest), venvs.base_python())

    assert installer == "pip"
    command = [tmp_path / "venv" / "bin" / "python", "-c", "import made_up; print(made_up.ANSWER)"]
    assert subprocess.check_output(command, text=True) == "42\n"


def test_package_whose_hash_differs_from_the_lock_file_is_rejected(index: Path, tmp_path: Path) -> None:
    other_hash = hashlib.sha256(base64.b64encode(b"other")).hexdigest()

    with pytest.raises(UserError, match="A downloaded package does not match its hash"):
        install.install(tmp_path / "venv", write_lock(tmp_path, other_hash), venvs.base_python())

    assert not list((tmp_path / "venv").rglob("made_up.py"))
