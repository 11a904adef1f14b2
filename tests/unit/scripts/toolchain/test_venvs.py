"""When a venv is created, and the errors if that fails."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.toolchain import install as setup_install
from orderflow_cli.toolchain import venvs

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders into which packages were installed, in a fictitious clone."""
    (tmp_path / "requirements").mkdir()
    for name in ("dev", "ministack", "localemu", "checkov"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("one==1 \\\n    --hash=sha256:00\n")
    fictitious_venvs = venvs.venvs(tmp_path)
    calls: list[str] = []

    def create(folder: Path, base: str) -> None:
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(base)

    def install(folder: Path, lock: Path, base: str, *, compile_bytecode: bool) -> str:
        calls.append(folder.name)
        return "uv"

    monkeypatch.setattr(venvs, "venvs", lambda: fictitious_venvs)
    monkeypatch.setattr(venvs, "LOCAL_FOLDER", tmp_path / ".local")
    monkeypatch.setattr(setup_install, "create", create)
    monkeypatch.setattr(setup_install, "install", install)
    return calls


def test_venv_is_created_once(folders: list[str]) -> None:
    first = venvs.ensure("ministack")
    second = venvs.ensure("ministack")

    assert folders == [".venv-ministack"]
    assert first == second
    assert first.exists()


@pytest.mark.parametrize("changed_file", ["lock", "python"])
def test_venv_is_synchronised_in_place_unless_its_python_is_gone(folders: list[str], changed_file: str) -> None:
    venv = venvs.venvs()["project"]
    venvs.ensure("project")
    marker = venv.folder / "keepsake"
    marker.touch()
    if changed_file == "lock":
        venv.lock_file.write_text("one==2 \\\n    --hash=sha256:00\n")
    else:
        venv.python.unlink()
        venv.python.symlink_to("/nowhere/python3.13")

    venvs.ensure("project")

    assert folders == [".venv", ".venv"]
    assert marker.exists() is (changed_file == "lock")


def test_next_run_installs_again_after_an_interruption(folders: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    original_install = setup_install.install

    def raise_interrupt(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(setup_install, "install", raise_interrupt)
    with pytest.raises(KeyboardInterrupt):
        venvs.ensure("project")
    monkeypatch.setattr(setup_install, "install", original_install)

    venvs.ensure("project")

    assert folders == [".venv"]


def test_error_on_a_full_disk_names_the_needed_space(folders: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 5_000_000, 5_000_000))

    with pytest.raises(UserError, match=r"^600 MB of disk space are needed under .*, but only 5 MB are free"):
        venvs.ensure("project")

    assert folders == []


def test_failed_setup_prints_the_reason_and_exits_with_1(
    folders: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raise_disk_full_error(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(setup_install, "create", raise_disk_full_error)

    code = venvs.main(["project"])

    assert code == 1
    assert "cannot be opened or written: the disk is full" in capsys.readouterr().err
