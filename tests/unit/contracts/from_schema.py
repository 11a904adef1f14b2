"""Hypothesis strategies for the subset of JSON Schema that contracts use."""

import re
from typing import Any

from hypothesis import strategies as st

_IMPOSSIBLE_DAY = re.compile(r"-02-(29|30|31)|-(04|06|09|11)-31")
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
    return st.one_of([_of_type(one, schema) for one in types])


def _of_type(one: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    match one:
        case "null":
            return st.none()
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "string":
            return _text(schema)
        case "boolean":
            return st.booleans()
        case "array":
            least, most = schema.get("minItems", 0), schema["maxItems"]
            return st.lists(documents(schema["items"]), min_size=least, max_size=min(most, least + 3))
    if "patternProperties" in schema:
        ((pattern, child),) = schema["patternProperties"].items()
        least, most = schema.get("minProperties", 0), schema["maxProperties"]
        return st.dictionaries(_matching(pattern), documents(child), min_size=least, max_size=min(most, least + 2))
    required = set(schema.get("required", []))
    fields = {name: documents(child) for name, child in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: fields[name] for name in fields if name in required},
        optional={name: fields[name] for name in fields if name not in required},
    )


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 1000)
    if "pattern" not in schema:
        return st.text(_CHARACTERS, min_size=shortest, max_size=longest)
    texts = _matching(schema["pattern"]).filter(lambda text: shortest <= len(text) <= longest)
    if "format" in schema:
        return texts.filter(lambda text: not _IMPOSSIBLE_DAY.search(text))
    return texts


def _matching(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern.removesuffix("$") + r"\Z", alphabet=_CHARACTERS)
