"""Reproducible zips: the same files give the same bytes, from any folder, on any day and in any process.

Order, dates and modes of the entries are fixed, and so is the bytecode: it has PEP 552's unchecked hash (no timestamp;
Python on Lambda does not compare it with the source), contains the file's path on Lambda, and is in marshal's version
2, because later versions record which objects happen to be shared in the compiling process."""

import hashlib
import importlib.util
import marshal
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

TASK_ROOT = "/var/task"
"""Where Lambda unpacks a zip: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""

PYTHON_BUILD = f"{sys.implementation.cache_tag} {importlib.util.MAGIC_NUMBER.hex()} {sys.version}"
"""The version and build of this Python. From the same files, the same build always writes identical zips."""

_UNCHECKED_HASH_FLAGS = (1).to_bytes(4, "little")
_MARSHAL_VERSION = 2
_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE_0644 = 0o100644 << 16
_CREATE_SYSTEM_UNIX = 3


def bytecode(source: bytes, name: str) -> bytes:
    """Return the `.pyc` of a source file that is at `name` in the zip. Raises SyntaxError if it does not compile."""
    code = compile(source, f"{TASK_ROOT}/{name}", "exec", dont_inherit=True, optimize=0)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH_FLAGS + importlib.util.source_hash(source)
    return header + marshal.dumps(code, _MARSHAL_VERSION)


def bytecode_name(name: str) -> str:
    """Return the path of a source's bytecode: `common/__pycache__/aws.cpython-313.pyc` for `common/aws.py`."""
    folder, _, file = name.rpartition("/")
    bytecode_file = f"__pycache__/{file.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"
    return f"{folder}/{bytecode_file}" if folder else bytecode_file


def write(target: Path, files: Mapping[str, Path]) -> str:
    """Write `files` (by name in the zip), with the bytecode of Python sources, to a zip; return its SHA-256."""
    entries: dict[str, bytes] = {}
    for name, path in files.items():
        entries[name] = path.read_bytes()
        # Dependencies are compiled once, when they are installed; their bytecode is among the files.
        if name.endswith(".py") and bytecode_name(name) not in files:
            entries[bytecode_name(name)] = bytecode(entries[name], name)
    temporary_file = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(temporary_file, "w") as archive:
            for name in sorted(entries):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.external_attr, entry.create_system = _REGULAR_FILE_0644, _CREATE_SYSTEM_UNIX
                archive.writestr(entry, entries[name], zipfile.ZIP_DEFLATED, compresslevel=9)
        digest = sha256(temporary_file)
        temporary_file.replace(target)
    finally:
        temporary_file.unlink(missing_ok=True)
    return digest


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
