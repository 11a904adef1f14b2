"""How Terraform is found or downloaded; a local mirror serves a fictitious release."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.toolchain import terraform_binary
from orderflow_cli.toolchain.terraform_binary import Release
from tests.support.receiver import QuietHandler, serve

PROGRAM = '#!/bin/sh\necho \'{"terraform_version": "1.11.4"}\'\n'


class FolderHandler(QuietHandler, SimpleHTTPRequestHandler):
    """An HTTP request handler that serves a folder without logging."""


@pytest.fixture
def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("LICENSE.txt", "made up")
        archive.writestr("terraform", PROGRAM)
    return buffer.getvalue()


@pytest.fixture
def release(archive: bytes) -> Release:
    return Release(
        "1.11.4", "http://127.0.0.1:9", {terraform_binary.current_platform(): hashlib.sha256(archive).hexdigest()}
    )


@pytest.fixture
def mirror(tmp_path: Path, archive: bytes, release: Release) -> Iterator[str]:
    """The address of a mirror with the fictitious release."""
    folder = tmp_path / "mirror" / release.version
    folder.mkdir(parents=True)
    (folder / f"terraform_{release.version}_{terraform_binary.current_platform()}.zip").write_bytes(archive)
    with serve(partial(FolderHandler, directory=str(tmp_path / "mirror"))) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def machine(tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine whose PATH has only the returned folder."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    monkeypatch.delenv(terraform_binary.MIRROR_VARIABLE, raising=False)
    monkeypatch.setattr(terraform_binary, "TOOLS_FOLDER", tmp_path / ".tools")
    monkeypatch.setattr(Release, "load_pinned_release", classmethod(lambda cls: release))
    terraform_binary.find.cache_clear()
    yield tmp_path / "bin"
    terraform_binary.find.cache_clear()


def install(folder: Path, version: str, code: int = 0) -> Path:
    program = folder / "terraform"
    program.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\nexit {code}\n')
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("version", "code", "is_used"),
    [
        *((version, 0, True) for version in ("1.11.0", "1.12.2", "1.15.0-beta1", "2.0.0")),
        *((version, 0, False) for version in ("1.10.5", "0.12.31")),
        ("1.11.4", 1, False),
    ],
)
def test_installed_terraform_is_used_if_it_is_new_enough(
    machine: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, *, version: str, code: int, is_used: bool
) -> None:
    monkeypatch.setenv(terraform_binary.MIRROR_VARIABLE, mirror)
    program = install(machine, version, code)

    binary = terraform_binary.find()

    assert ((binary == program), ".tools" in binary.parts) == (is_used, not is_used)


def test_release_is_downloaded_and_verified_if_none_is_installed(
    machine: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(terraform_binary.MIRROR_VARIABLE, mirror)

    binary = terraform_binary.find()

    assert binary == tmp_path / ".tools" / "terraform" / "1.11.4" / "terraform"
    assert binary.read_text() == PROGRAM
    assert terraform_binary.read_version(binary) == (1, 11, 4)
    message = capsys.readouterr().out
    assert "no usable terraform found; fetching 1.11.4 into .tools/" in message
    assert "SHA-256 verified" in message


def test_downloaded_release_is_used_again(machine: Path, mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(terraform_binary.MIRROR_VARIABLE, mirror)
    first = terraform_binary.find()
    terraform_binary.find.cache_clear()
    monkeypatch.delenv(terraform_binary.MIRROR_VARIABLE)

    assert terraform_binary.find() == first


def test_download_with_another_hash_is_removed(release: Release, mirror: str, tmp_path: Path) -> None:
    name = terraform_binary.current_platform()
    (tmp_path / "mirror" / "1.11.4" / f"terraform_1.11.4_{name}.zip").write_bytes(b"something else")

    with pytest.raises(UserError, match=r"must have SHA-256 [0-9a-f]{64}; got [0-9a-f]{64}"):
        terraform_binary.fetch(release, tmp_path / "kept" / "terraform", mirror)

    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    ("version", "site", "platform", "message"),
    [
        ("1.11.4", "http://127.0.0.1:9", None, r"^Terraform cannot be downloaded from http://127.* internet, name"),
        ("1.11.5", "mirror", None, r"\(File not found\).*ORDERFLOW_TERRAFORM_MIRROR"),
        ("1.11.4", "mirror", "plan9_mips", r"this machine is plan9_mips; install Terraform 1\.11 or newer"),
        ("1.11.4", "file:///", None, "must be an HTTP URL"),
    ],
)
def test_error_explains_a_failed_download(
    release: Release, mirror: str, tmp_path: Path, *, version: str, site: str, platform: str | None, message: str
) -> None:
    release = Release(version, release.site, release.sha256)
    platforms = [platform] if platform else []

    with pytest.raises(UserError, match=message):
        terraform_binary.fetch(release, tmp_path / "terraform", mirror if site == "mirror" else site, *platforms)


def test_pinned_release_has_a_checksum_for_every_platform() -> None:
    pinned_release = Release.load_pinned_release()

    assert set(pinned_release.sha256) == {"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"}
    assert all(len(bytes.fromhex(digest)) == 32 for digest in pinned_release.sha256.values())
    assert tuple(int(part) for part in pinned_release.version.split(".")) >= terraform_binary.MINIMUM_VERSION
