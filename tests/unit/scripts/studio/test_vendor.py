"""Vendored files of the page match their checksums and have their licences."""

import hashlib
from pathlib import Path

from orderflow_cli import ROOT

VENDOR_FOLDER = ROOT / "scripts" / "orderflow_cli" / "studio" / "static" / "vendor"


def checksums(file: Path) -> dict[str, str]:
    return {name: digest for digest, name in (line.split() for line in file.read_text().splitlines())}


def test_each_vendored_file_has_its_checksum() -> None:
    expected = checksums(VENDOR_FOLDER / "SHA256SUMS")

    assert expected == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR_FOLDER.iterdir()
        if file.suffix in {".js", ".css"}
    }
    assert {name.split("-")[0] for name in expected} == {"htmx", "uplot"}


def test_each_vendored_library_has_its_licence() -> None:
    licences = {file.name: file.read_text() for file in VENDOR_FOLDER.glob("LICENSE-*")}

    assert {name.removeprefix("LICENSE-") for name in licences} == {"htmx", "uplot"}
    assert "Zero-Clause BSD" in licences["LICENSE-htmx"]
    assert "The MIT License" in licences["LICENSE-uplot"]
