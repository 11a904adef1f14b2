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
def installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders into which packages were installed, in a fictitious clone."""
    (tmp_path / "requirements").mkdir()
    for name in ("dev", "ministack", "localemu", "checkov"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("one==1 \\\n    --hash=sha256:00\n")
    fictitious_venvs = venvs.venvs(tmp_path)
    calls: list[str] = []

    def create(folder: Path, base: str) -> None:
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(base)

    def install(folder: Path, lock: Path, base: str, *, compiled: bool) -> str:
        calls.append(folder.name)
        return "uv"

    monkeypatch.setattr(venvs, "venvs", lambda: fictitious_venvs)
    monkeypatch.setattr(venvs, "LOCAL_FOLDER", tmp_path / ".local")
    monkeypatch.setattr(setup_install, "create", create)
    monkeypatch.setattr(setup_install, "install", install)
    return calls


def test_venv_is_created_once(installs: list[str]) -> None:
    first = venvs.ensure("ministack")
    second = venvs.ensure("ministack")

    assert installs == [".venv-ministack"]
    assert first == second
    assert first.exists()


@pytest.mark.parametrize("changed", ["lock", "python"])
def test_venv_is_synchronised_in_place_unless_its_python_is_gone(installs: list[str], changed: str) -> None:
    venv = venvs.venvs()["project"]
    venvs.ensure("project")
    marker = venv.folder / "keepsake"
    marker.touch()
    if changed == "lock":
        venv.lock.write_text("one==2 \\\n    --hash=sha256:00\n")
    else:
        venv.python.unlink()
        venv.python.symlink_to("/nowhere/python3.13")

    venvs.ensure("project")

    assert installs == [".venv", ".venv"]
    assert marker.exists() is (changed == "lock")


def test_next_run_installs_again_after_an_interruption(installs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    original_install = setup_install.install

    def interrupted(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(setup_install, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        venvs.ensure("project")
    monkeypatch.setattr(setup_install, "install", original_install)

    venvs.ensure("project")

    assert installs == [".venv"]


def test_error_on_a_full_disk_names_the_needed_space(installs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 5_000_000, 5_000_000))

    with pytest.raises(UserError, match=r"^600 MB of disk space are needed under .*, but only 5 MB are free"):
        venvs.ensure("project")

    assert installs == []


def test_failed_setup_prints_one_sentence_and_exits_with_1(
    installs: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(setup_install, "create", full)

    code = venvs.main(["project"])

    assert code == 1
    assert "cannot be written: the disk is full" in capsys.readouterr().err
