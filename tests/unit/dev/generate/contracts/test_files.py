import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from dev.generate.contracts import bundle, files
from orderflow_cli import ROOT
from tests.unit.contracts.from_schema import documents
from tests.unit.dev.generate.contracts.schemas import KINDS, event, write

COMMON = files.CONTRACTS / "schemas" / "common.v1.json"
DRAFT4 = files.GENERATED / "draft4" / "OrderPlaced.v1.json"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_generated_files_are_up_to_date_when_they_are_committed() -> None:
    assert files.drift(ROOT) == []


def test_nothing_changes_when_everything_is_up_to_date(clone: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in clone.rglob("*")}

    changed = files.write(clone)

    assert changed == []
    assert {path: path.stat().st_mtime_ns for path in clone.rglob("*")} == before


def test_drift_names_every_form_of_a_contract_when_its_schema_changes(clone: Path) -> None:
    change(clone / files.CONTRACTS / "schemas" / "OrderPlaced.v1.json", '"request_hash"', '"fingerprint"')

    found = {str(one.path): one.why for one in files.drift(clone)}

    assert found == {
        "docs/events.md": "outdated",
        "lambdas/contracts/generated/draft4/OrderPlaced.v1.json": "outdated",
        "lambdas/contracts/generated/types.py": "outdated",
        "lambdas/contracts/generated/validators/order_placed_v1.py": "outdated",
    }


def test_every_event_drifts_when_a_shared_piece_changes(clone: Path) -> None:
    change(clone / COMMON, "{0,127}$", "{0,99}$")

    outdated = [one.path.name for one in files.drift(clone) if one.path.parent.name == "draft4"]

    assert len(outdated) == len(list((clone / files.GENERATED / "draft4").iterdir()))


@pytest.mark.parametrize("path", [DRAFT4, files.GENERATED / "index.py", files.CATALOG])
def test_drift_is_found_when_a_generated_file_is_edited(clone: Path, path: Path) -> None:
    with (clone / path).open("a", encoding="utf-8") as file:
        file.write(" \n")

    assert files.drift(clone) == [files.Drift(path, "outdated")]


def test_drift_is_found_when_only_line_ends_differ(clone: Path) -> None:
    content = (clone / files.CATALOG).read_bytes()
    (clone / files.CATALOG).write_bytes(content.replace(b"\n", b"\r\n"))

    assert files.drift(clone) == [files.Drift(files.CATALOG, "outdated")]


def test_files_are_restored_when_they_are_missing_or_follow_from_nothing(clone: Path) -> None:
    left_over = files.GENERATED / "validators" / "order_eaten_v1.py"
    (clone / left_over).write_text("")
    (clone / DRAFT4).unlink()
    found = files.drift(clone)

    changed = files.write(clone)

    assert found == [files.Drift(DRAFT4, "missing"), files.Drift(left_over, "unknown")]
    assert changed == [DRAFT4, left_over]
    assert files.drift(clone) == []


def test_caches_are_no_drift_when_python_leaves_them(clone: Path) -> None:
    cache = clone / files.GENERATED / "__pycache__"
    cache.mkdir()
    (cache / "index.cpython-313.pyc").write_bytes(b"")

    assert files.drift(clone) == []


def test_new_event_has_every_form_when_only_its_schema_and_example_are_written(clone: Path) -> None:
    contracts = clone / files.CONTRACTS
    schema = (contracts / "schemas" / "OrderShipped.v1.json").read_text("utf-8")
    (contracts / "schemas" / "OrderReturned.v1.json").write_text(schema.replace("OrderShipped", "OrderReturned"))
    shown = contracts / "examples" / "OrderReturned.v1" / "valid" / "complete.json"
    shown.parent.mkdir(parents=True)
    shown.write_text("{}\n")

    changed = {path.name for path in files.write(clone)}

    assert changed == {"index.py", "types.py", "events.md", "order_returned_v1.py", "OrderReturned.v1.json"}
    assert '("OrderReturned", 1): "order_returned_v1",' in (clone / files.GENERATED / "index.py").read_text("utf-8")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"},
    ],
    ids=["plain", "other"],
)
def test_result_is_the_same_when_the_environment_differs(tmp_path: Path, environment: dict[str, str]) -> None:
    program = f"""
import sys; sys.path.insert(0, {str(ROOT / "scripts")!r})
from pathlib import Path
from dev.generate.contracts import files
print(files.drift(Path({str(ROOT)!r})))
"""
    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | environment

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_every_kind_of_field_that_is_accepted_has_every_form(clone: Path) -> None:
    fields = {kind.replace(" ", "_"): schema for kind, schema in KINDS.items()}
    nullable = {f"maybe_{name}": {"anyOf": [schema, {"type": "null"}]} for name, schema in fields.items()}
    schema = event(**fields, **{name: kind for name, kind in nullable.items() if name != "maybe_null"})
    schema["properties"]["metadata"] = {"$ref": "common.v1.json#/definitions/metadata"}
    write(clone / files.CONTRACTS / "schemas", ThingDone=schema)
    shown = clone / files.CONTRACTS / "examples" / "ThingDone.v1" / "valid" / "complete.json"
    shown.parent.mkdir(parents=True)
    shown.write_text("{}\n")

    written = files.generated_files(clone)

    contract = next(one for one in bundle.load(clone / files.CONTRACTS / "schemas") if one.event_type == "ThingDone")
    validate = _executed(written[files.GENERATED / "validators" / "thing_done_v1.py"])["validate"]
    _executed(written[files.GENERATED / "types.py"])
    draft4 = jsonschema.Draft4Validator(json.loads(written[files.GENERATED / "draft4" / "ThingDone.v1.json"]))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(documents(contract.schema))
    def check(document: Any) -> None:
        validate(document)
        assert draft4.is_valid(document)

    check()


def _executed(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(source, "generated", "exec"), namespace)  # noqa: S102
    return namespace
