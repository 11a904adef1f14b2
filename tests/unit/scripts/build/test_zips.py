"""Two builds give byte-identical zips, even if they differ in folder, time, file modes or order."""

import marshal
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from orderflow_cli.build import zips

SOURCE = '''"""A module with constants whose bytecode can differ between builds."""
NAMES = {"b", "a", "c"}


def known(name: str) -> bool:
    return name in {"paid", "placed", "shipped", "delivered"} or name.startswith("ord_")


class Order:
    text = "ord_" + "placed"
'''


def write_tree(folder: Path) -> dict[str, Path]:
    files = {"a/__init__.py": "", "a/module.py": SOURCE, "a/catalog.json": "{}", "b.py": "import json\n"}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {name: folder / name for name in files}


def test_zips_do_not_depend_on_folder_time_mode_or_order(tmp_path: Path) -> None:
    files, copies = write_tree(tmp_path / "one"), write_tree(tmp_path / "somewhere" / "else")
    for path in copies.values():
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o600)

    first = zips.write(tmp_path / "one.zip", files)
    second = zips.write(tmp_path / "two.zip", dict(reversed(copies.items())))

    assert first == second
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_bytecode_in_the_zip_is_used(tmp_path: Path) -> None:
    zips.write(tmp_path / "a.zip", write_tree(tmp_path / "tree"))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "task")
    # This source does not compile, so a successful import can only have used the bytecode.
    (tmp_path / "task" / "a" / "module.py").write_text("def broken(:\n")

    script = "import sys; sys.path.insert(0, '.'); from a.module import known, Order; print(known('paid'), Order.text)"
    command = [sys.executable, "-I", "-S", "-c", script]
    result = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path / "task")

    assert result.stdout.split() == ["True", "ord_placed"]


def test_bytecode_has_the_path_on_lambda() -> None:
    bytecode = zips.bytecode(b"x = 1\n", "recorder/handler.py")

    assert marshal.loads(bytecode[16:]).co_filename == "/var/task/recorder/handler.py"  # noqa: S302 - made above
    assert int.from_bytes(bytecode[4:8], "little") == 1


def test_failed_compilation_leaves_no_file(tmp_path: Path) -> None:
    files = write_tree(tmp_path / "tree")
    files["b.py"].write_text("def broken(:\n")

    with pytest.raises(SyntaxError, match="invalid syntax"):
        zips.write(tmp_path / "out.zip", files)

    assert [path.name for path in tmp_path.iterdir()] == ["tree"]
