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


def test_generation_fails_for_unexpected_library_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_to_code = fastjsonschema.compile_to_code

    def compile_with_float(*args: Any, **kwargs: Any) -> str:
        return compile_to_code(*args, **kwargs) + "\nLATER = float(1)\n"

    monkeypatch.setattr(fastjsonschema, "compile_to_code", compile_with_float)

    with pytest.raises(ValueError, match=r"ThingDone\.v1: fastjsonschema .* generated code with float"):
        generate_source(tmp_path, count=NUMBER)


def test_generation_fails_for_code_with_another_exception(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastjsonschema, "compile_to_code", lambda *_, **__: "def validate(data):\n    raise Failure")

    with pytest.raises(ValueError, match="JsonSchemaValueException; got raise Failure"):
        generate_source(tmp_path, count=NUMBER)


def test_generation_fails_for_two_types_with_the_same_name(tmp_path: Path) -> None:
    parts = {"a": object_schema(n=NUMBER) | {"title": "Part"}, "b": object_schema(w=WORD) | {"title": "Part"}}
    contracts = bundle.load_contracts(write(tmp_path, ThingDone=event(**parts)))

    with pytest.raises(ValueError, match="got Part twice"):
        types_source(contracts)
