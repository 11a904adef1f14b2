from pathlib import Path
from typing import Any

import pytest

from dev.generate.contracts import bundle
from dev.generate.contracts.typed_dicts import types_source
from tests.unit.dev.generate.contracts.schemas import NUMBER, WORD, closed, event, write


def types_for(folder: Path, **data: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    source = types_source(bundle.load(write(folder, ThingDone=event(**data))))
    exec(compile(source, "generated", "exec"), namespace)  # noqa: S102
    return namespace


def test_generation_fails_when_two_types_share_a_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two different types are called Part"):
        types_for(tmp_path, a=closed(n=NUMBER) | {"title": "Part"}, b=closed(w=WORD) | {"title": "Part"})
