"""`make generate` writes the files that are out of date, and `make drift` reports them."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from dev.commands import generate
from dev.evidence import page as evidence
from dev.generate.contracts import bundle, files
from orderflow_cli import ROOT, UserError
from tests.unit.contracts.from_schema import documents
from tests.unit.dev.generate.contracts.schemas import KINDS, event, write

DRAFT4_FILE = files.GENERATED_FOLDER / "draft4" / "OrderPlaced.v1.json"
INTERFACE_PAGE = Path("terraform/modules/queue/generated/interface.md")
SCHEMAS_FOLDER = files.CONTRACTS_FOLDER / "schemas"


def run(monkeypatch: pytest.MonkeyPatch, clone: Path, *arguments: str) -> int:
    monkeypatch.setattr(generate, "ROOT", clone)
    monkeypatch.setattr(evidence, "REPORTS", clone)
    parser = argparse.ArgumentParser()
    generate.configure(parser)
    return generate.run(parser.parse_args(arguments))


def replace_text(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_renamed_field_changes_all_files_generated_from_its_schema(clone: Path) -> None:
    replace_text(clone / SCHEMAS_FOLDER / "OrderPlaced.v1.json", '"request_hash"', '"fingerprint"')

    assert set(generate.outdated_files(clone)) == {
        files.ASYNCAPI_FILE,
        files.CATALOG_FILE,
        DRAFT4_FILE,
        files.GENERATED_FOLDER / "types.py",
        files.GENERATED_FOLDER / "validators" / "order_placed_v1.py",
    }


@pytest.mark.parametrize("path", [DRAFT4_FILE, files.CATALOG_FILE, INTERFACE_PAGE, generate.TRANSITIONS_FILE])
def test_check_reports_an_edited_file_without_writing_it(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    (clone / path).write_bytes((clone / path).read_bytes().replace(b"\n", b"\r\n"))
    edited_bytes = (clone / path).read_bytes()

    assert run(monkeypatch, clone, "--check") == 1

    message = f"orderflow: {path} is out of date. Run `make generate` and commit the result.\n"
    assert capsys.readouterr().err == message
    assert (clone / path).read_bytes() == edited_bytes


def test_generate_restores_missing_files_and_removes_obsolete_ones(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    obsolete_file = files.GENERATED_FOLDER / "validators" / "order_eaten_v1.py"
    (clone / obsolete_file).write_text("")
    (clone / DRAFT4_FILE).unlink()
    cache = clone / files.GENERATED_FOLDER / "__pycache__" / "index.cpython-313.pyc"
    cache.parent.mkdir()
    cache.touch()

    assert run(monkeypatch, clone) == 0

    assert capsys.readouterr().out == f"  wrote {DRAFT4_FILE}\n  removed {obsolete_file}\n"
    assert run(monkeypatch, clone, "--check") == 0
    assert cache.exists()


@pytest.mark.parametrize("file", ["schemas/OrderShipped.v1.json", "examples/OrderShipped.v1/valid/complete.json"])
def test_file_that_is_not_json_is_rejected(clone: Path, file: str) -> None:
    (clone / files.CONTRACTS_FOLDER / file).write_text("{")

    with pytest.raises(UserError, match=f"lambdas/contracts: {Path(file).name} is not JSON: .* line 1"):
        generate.outdated_files(clone)


def test_generated_files_do_not_depend_on_the_environment(tmp_path: Path) -> None:
    environment = {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}
    program = "from dev.commands import generate; print(generate.outdated_files())"
    path = os.pathsep.join(str(ROOT / folder) for folder in ("scripts", "lambdas"))
    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": path, **environment}

    result = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )

    assert (result.stdout, result.stderr) == ("{}\n", "")


def test_every_supported_type_of_field_is_generated(clone: Path) -> None:
    fields = {kind.replace(" ", "_"): schema for kind, schema in KINDS.items()}
    nullable_fields = {f"maybe_{name}": {"anyOf": [schema, {"type": "null"}]} for name, schema in fields.items()}
    schema = event(**fields, **{name: kind for name, kind in nullable_fields.items() if name != "maybe_null"})
    schema["properties"]["metadata"] = {"$ref": "common.v1.json#/definitions/metadata"}
    write(clone / files.CONTRACTS_FOLDER / "schemas", ThingDone=schema)
    example = clone / files.CONTRACTS_FOLDER / "examples" / "ThingDone.v1" / "valid" / "complete.json"
    example.parent.mkdir(parents=True)
    example.write_text("{}\n")

    contents = files.generated_files(clone)

    contracts = bundle.load_contracts(clone / files.CONTRACTS_FOLDER / "schemas")
    contract = next(one for one in contracts if one.event_type == "ThingDone")
    validate = _execute(contents[files.GENERATED_FOLDER / "validators" / "thing_done_v1.py"])["validate"]
    _execute(contents[files.GENERATED_FOLDER / "types.py"])
    draft4 = jsonschema.Draft4Validator(json.loads(contents[files.GENERATED_FOLDER / "draft4" / "ThingDone.v1.json"]))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(documents(contract.schema))
    def check(document: Any) -> None:
        validate(document)
        assert draft4.is_valid(document)

    check()


def _execute(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(source, "generated", "exec"), namespace)  # noqa: S102
    return namespace
