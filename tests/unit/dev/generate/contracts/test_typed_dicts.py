from pathlib import Path
from typing import Any, Literal, get_type_hints

import pytest

from dev.generate.contracts import bundle
from dev.generate.contracts.typed_dicts import types_source
from tests.unit.dev.generate.contracts.schemas import NUMBER, WORD, closed, event, write


def types_for(folder: Path, **data: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    source = types_source(bundle.load(write(folder, ThingDone=event(**data))))
    exec(compile(source, "generated", "exec"), namespace)  # noqa: S102
    return namespace


def hints(namespace: dict[str, Any], name: str) -> dict[str, Any]:
    return get_type_hints(namespace[name], globalns=namespace, include_extras=True)


def test_every_kind_of_field_has_its_type_when_types_are_generated(tmp_path: Path) -> None:
    by_word = {
        "type": "object",
        "additionalProperties": False,
        "maxProperties": 2,
        "patternProperties": {"^[a-z]{1,8}$": closed(n=NUMBER) | {"title": "Entry"}},
        "x-says": "a map",
    }
    fields = {
        "word": WORD,
        "flag": {"type": "boolean"},
        "choice": {"type": "string", "enum": ["a", "b"]},
        "numbers": {"type": "array", "maxItems": 2, "items": NUMBER},
        "maybe": {"anyOf": [WORD, {"type": "null"}]},
        "by_word": by_word,
    }

    namespace = types_for(tmp_path, **fields)

    entry = namespace["Entry"]
    assert hints(namespace, "ThingDoneData") == {
        "word": str,
        "flag": bool,
        "choice": Literal["a", "b"],
        "numbers": list[int],
        "maybe": str | None,
        "by_word": dict[str, entry],
    }
    assert hints(namespace, "ThingDone")["data"] is namespace["ThingDoneData"]
    assert hints(namespace, "Entry") == {"n": int}


def test_generation_fails_when_two_types_share_a_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two different types are called Part"):
        types_for(tmp_path, a=closed(n=NUMBER) | {"title": "Part"}, b=closed(w=WORD) | {"title": "Part"})
