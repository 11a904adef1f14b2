from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from contracts import ContractError
from dev.generate.contracts import bundle
from dev.generate.contracts.typed_dicts import types_source
from dev.generate.contracts.validators import validator_source
from tests.unit.dev.generate.contracts.schemas import NUMBER, WORD, event, object_schema, write


def generate_source(folder: Path, **data: Any) -> str:
    (contract,) = bundle.load_contracts(write(folder, ThingDone=event(**data)))
    return validator_source(contract)


def generate_validator(folder: Path, **data: Any) -> Callable[..., None]:
    namespace: dict[str, Any] = {}
    exec(compile(generate_source(folder, **data), "generated", "exec"), namespace)  # noqa: S102
    validate: Callable[..., None] = namespace["validate"]
    return validate


def build_event(**data: Any) -> dict[str, Any]:
    return {"metadata": {"event_type": "ThingDone", "schema_version": 1}, "data": data}


def test_fields_whose_generated_variables_would_collide_are_distinguished(tmp_path: Path) -> None:
    schemas = {"missing": object_schema(x=NUMBER), "missing_keys": object_schema(y=WORD)}
    validate = generate_validator(tmp_path, a_b=NUMBER, ab=WORD, **schemas)

    validate(build_event(a_b=1, ab="b", missing={"x": 1}, missing_keys={"y": "a"}))

    with pytest.raises(ContractError, match=r"^data\.missing\.x: is required$"):
        validate(build_event(a_b=1, ab="b", missing={}, missing_keys={"y": "a"}))
    with pytest.raises(ContractError, match=r"^data\.missing_keys\.z: is not a known field$"):
        validate(build_event(a_b=1, ab="b", missing={"x": 1}, missing_keys={"y": "a", "z": 1}))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("LATER = float(1)", r"ThingDone\.v1: fastjsonschema .* generated code with float"),
        ("raise Failure", "JsonSchemaValueException; got raise Failure"),
    ],
)
def test_generation_fails_for_unexpected_library_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    monkeypatch.setattr(fastjsonschema, "compile_to_code", lambda *_, **__: f"def validate(data):\n    {code}")

    with pytest.raises(ValueError, match=message):
        generate_source(tmp_path, count=NUMBER)


def test_generation_fails_for_two_types_with_the_same_name(tmp_path: Path) -> None:
    parts = {"a": object_schema(n=NUMBER) | {"title": "Part"}, "b": object_schema(w=WORD) | {"title": "Part"}}
    contracts = bundle.load_contracts(write(tmp_path, ThingDone=event(**parts)))

    with pytest.raises(ValueError, match="got Part twice"):
        types_source(contracts)
