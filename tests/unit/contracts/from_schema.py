"""Hypothesis strategies for the subset of JSON Schema that contracts use."""

import re
from typing import Any

from hypothesis import strategies as st

_POSSIBLY_INVALID_DAY = re.compile(r"-02-(29|30|31)|-(04|06|09|11)-31")
# A lone surrogate cannot be encoded as UTF-8, so no event has one.
_CHARACTERS = st.characters(exclude_categories=["Cs"])

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=4,
)


def documents(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for values that are valid under the schema."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([_typed_values(name, schema) for name in types])


def _typed_values(type_name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    match type_name:
        case "null":
            return st.none()
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "string":
            return _text(schema)
        case "boolean":
            return st.booleans()
        case "array":
            low, high = schema.get("minItems", 0), schema["maxItems"]
            return st.lists(documents(schema["items"]), min_size=low, max_size=min(high, low + 3))
    if "patternProperties" in schema:
        ((pattern, child),) = schema["patternProperties"].items()
        low, high = schema.get("minProperties", 0), schema["maxProperties"]
        return st.dictionaries(_matching_text(pattern), documents(child), min_size=low, max_size=min(high, low + 2))
    required_names = set(schema.get("required", []))
    fields = {name: documents(child) for name, child in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: fields[name] for name in fields if name in required_names},
        optional={name: fields[name] for name in fields if name not in required_names},
    )


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    min_length, max_length = schema.get("minLength", 0), schema.get("maxLength", 1000)
    if "pattern" not in schema:
        return st.text(_CHARACTERS, min_size=min_length, max_size=max_length)
    texts = _matching_text(schema["pattern"]).filter(lambda text: min_length <= len(text) <= max_length)
    if "format" in schema:
        return texts.filter(lambda text: not _POSSIBLY_INVALID_DAY.search(text))
    return texts


def _matching_text(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern.removesuffix("$") + r"\Z", alphabet=_CHARACTERS)
