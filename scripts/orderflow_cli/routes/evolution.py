"""Classifies changes to a contract by whether they break consumers or producers, under the reading rules of ADR 2.

Producers follow the schema exactly; consumers drop unknown fields. So, apart from unknown fields, an old consumer
remains compatible if every event of the new schema is valid under the old one; an old producer, if every event of the
old schema is valid under the new one. jsoncompat decides this for each change to a schema."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import jsoncompat

from orderflow_cli.routes import strings
from orderflow_cli.routes.messages import Contract, Schema

type SchemaPath = tuple[str, ...]
type _Difference = tuple[SchemaPath, str, Schema, Schema]

_METADATA_KEYWORDS: Final = ("title", "description", "examples", "default")
_CORE_KEYWORDS: Final = ("$schema", "$id", "$comment", "definitions", "$defs")
_ELEMENT_KEYWORDS: Final = ("items", "additionalProperties")
_SET_KEYWORDS: Final = ("enum", "required", "type")
_MISSING: Final = object()


class Verdict(StrEnum):
    COMPATIBLE = "compatible"
    BREAKS_CONSUMERS = "breaks old consumers"
    BREAKS_PRODUCERS = "breaks old producers"
    BREAKS_BOTH = "breaks old consumers and producers"


@dataclass(frozen=True, eq=False)
class Change:
    """A change to a contract; `path` is empty for the contract itself."""

    contract: Contract
    path: str
    summary: str
    verdict: Verdict

    @property
    def is_breaking(self) -> bool:
        return self.verdict is not Verdict.COMPATIBLE


def changes(old: Sequence[Contract], new: Sequence[Contract]) -> list[Change]:
    """Return every change between two states of the contracts, sorted by contract name."""
    before, after = ({one.name: one for one in state} for state in (old, new))
    result = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            kept_names = [one.name for one in old if one.event_type == after[name].event_type and one.name in after]
            suffix = f", alongside {' and '.join(kept_names)}" if kept_names else ""
            result.append(Change(after[name], "", f"is new{suffix}", Verdict.COMPATIBLE))
        elif name not in after:
            result.append(Change(before[name], "", "is removed", Verdict.BREAKS_BOTH))
        else:
            result += _contract_changes(before[name], after[name])
    return result


def _contract_changes(old: Contract, new: Contract) -> Iterator[Change]:
    if old.carrier != new.carrier:
        yield Change(new, "", f"carrier: {old.carrier} -> {new.carrier}", Verdict.BREAKS_BOTH)
    if old.sources != new.sources:
        summary = f"sources: {', '.join(old.sources)} -> {', '.join(new.sources)}"
        removed_sources = set(old.sources) - set(new.sources)
        yield Change(new, "", summary, Verdict.BREAKS_BOTH if removed_sources else Verdict.COMPATIBLE)
    for path, summary, before, after in _schema_differences(old.schema, new.schema, ()):
        yield Change(new, ".".join(path), summary, verdict(before, after))


def verdict(old: Schema, new: Schema) -> Verdict:
    """Return the verdict on a change to a schema, or to a self-contained part of one."""
    consumers_can_read = _is_superset(_tolerant_schema(old), new)
    producers_can_write = _is_superset(_tolerant_schema(new), old)
    if consumers_can_read:
        return Verdict.COMPATIBLE if producers_can_write else Verdict.BREAKS_PRODUCERS
    return Verdict.BREAKS_CONSUMERS if producers_can_write else Verdict.BREAKS_BOTH


def _is_superset(outer_schema: Schema, inner_schema: Schema) -> bool:
    """Return whether every value that `inner_schema` allows is allowed by `outer_schema`."""
    a, b = inner_schema.get("pattern"), outer_schema.get("pattern")
    if a is not None and b is not None and a != b:
        # jsoncompat does not recognise one pattern as a subset of another.
        try:
            if strings.shortest_difference(strings.to_full_match(a), strings.to_full_match(b)) is not None:
                return False
        except strings.UndecidedError:
            return False
        outer_schema = {**outer_schema, "pattern": a}
    if outer_schema.get("format", inner_schema.get("format")) != inner_schema.get("format"):
        return False  # jsoncompat ignores formats, unlike the validators here
    try:
        outer_text, inner_text = (json.dumps(_strip_annotations(one)) for one in (outer_schema, inner_schema))
        return bool(jsoncompat.check_compat(outer_text, inner_text, "serializer"))
    except ValueError:
        return False  # an unsupported schema, so the change may be breaking


def _schema_differences(old: Schema, new: Schema, path: SchemaPath) -> Iterator[_Difference]:
    """Yield each change as its path, its summary, and the schemas before and after it, which differ in nothing else."""
    if _strip_annotations(old) == _strip_annotations(new):
        return
    old, new = _merge_nullable(old), _merge_nullable(new)
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name in sorted(old_fields.keys() | new_fields.keys()):
        inner_path = (*path, name)
        required = tuple(name in one.get("required", ()) for one in (old, new))
        if name not in new_fields:
            # Breaking even if the field was optional: its readers no longer receive it.
            yield inner_path, "is removed", _object_schema(name, old_fields[name], required=True), _object_schema()
        elif name not in old_fields:
            after = _object_schema(name, new_fields[name], required=required[1])
            yield inner_path, f"is new and {'required' if required[1] else 'optional'}", _object_schema(), after
        else:
            yield from _schema_differences(old_fields[name], new_fields[name], inner_path)
            if required[0] != required[1]:
                before, after = (_object_schema(name, old_fields[name], required=one) for one in required)
                yield inner_path, "is required now" if required[1] else "is optional now", before, after
    for key in _ELEMENT_KEYWORDS:
        inner_path = (*path[:-1], f"{path[-1] if path else ''}[]")
        old_subschema, new_subschema = old.get(key), new.get(key)
        if isinstance(old_subschema, dict) and isinstance(new_subschema, dict):
            yield from _schema_differences(old_subschema, new_subschema, inner_path)
        elif isinstance(old_subschema, dict):
            yield inner_path, "is removed", _object_schema("element", old_subschema, required=True), _object_schema()
        elif isinstance(new_subschema, dict):
            if old_subschema is False:
                yield inner_path, "is new and optional", _object_schema(), _object_schema("element", new_subschema)
            else:
                yield inner_path, "accepted any value before", {}, new_subschema
    yield from _map_differences(old, new, path)
    yield from _keyword_differences(old, new, path)


def _map_differences(old: Schema, new: Schema, path: SchemaPath) -> Iterator[_Difference]:
    a, b = old.get("patternProperties", {}), new.get("patternProperties", {})
    if a.keys() == b.keys():
        for key in a:
            yield from _schema_differences(a[key], b[key], (*path, "*"))
    elif a or b:
        before, after = ({"type": "string", "pattern": "|".join(one)} for one in (a, b))
        yield path, f"patterns of keys: {' | '.join(a) or 'none'} -> {' | '.join(b) or 'none'}", before, after


def _keyword_differences(old: Schema, new: Schema, path: SchemaPath) -> Iterator[_Difference]:
    """Yield one change for all changed keywords of a schema, excluding its fields and elements."""
    excluded_keys = {"properties", "patternProperties", "required"}
    excluded_keys |= {key for key in _ELEMENT_KEYWORDS if any(isinstance(one.get(key), dict) for one in (old, new))}
    a, b = ({key: one[key] for key in one if key not in excluded_keys} for one in map(_strip_annotations, (old, new)))
    changed_keywords = [key for key in sorted(a.keys() | b.keys()) if a.get(key, _MISSING) != b.get(key, _MISSING)]
    if changed_keywords:
        yield path, "; ".join(_describe_change(key, a.get(key), b.get(key)) for key in changed_keywords), a, b


def _merge_nullable(schema: Schema | bool) -> Schema:
    """Merge an anyOf of a schema and null into one schema with two types, so that its fields can be compared."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(choices) != 1 or len(schema["anyOf"]) != 2 or not isinstance(choices[0].get("type"), str):
        return schema
    merged_schema = {**choices[0], "type": [choices[0]["type"], "null"]}
    return {**merged_schema, "enum": [*merged_schema["enum"], None]} if "enum" in merged_schema else merged_schema


def _object_schema(name: str = "", field: Schema | None = None, *, required: bool = False) -> Schema:
    """Return the schema of an object with at most one field."""
    fields = {} if field is None else {name: field}
    return {"type": "object", "additionalProperties": False, "properties": fields, "required": [name] * required}


def _describe_change(key: str, before: Any, after: Any) -> str:
    if key in _SET_KEYWORDS:
        sets = [
            set(map(str, one if isinstance(one, list) else [one])) if one is not None else set()
            for one in (before, after)
        ]
        gained_values, lost_values = sorted(sets[1] - sets[0]), sorted(sets[0] - sets[1])
        parts = [f"gains {', '.join(gained_values)}"] if gained_values else []
        return f"{key} {' and '.join([*parts, *([f'loses {", ".join(lost_values)}'] if lost_values else [])])}"
    if key in ("oneOf", "anyOf", "allOf") and isinstance(before, list) and isinstance(after, list):
        removed_count, added_count = sum(one not in after for one in before), sum(one not in before for one in after)
        return f"{key}: {removed_count} of {len(before)} schemas are removed, {added_count} of {len(after)} are new"
    return f"{key}: {'none' if before is None else before} -> {'none' if after is None else after}"


def _tolerant_schema(schema: Any) -> Any:
    """Return the schema as a consumer applies it, with undeclared fields allowed, except in maps."""
    if isinstance(schema, list):
        return [_tolerant_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _tolerant_schema(value) for key, value in schema.items()}
    if "patternProperties" not in result and result.get("additionalProperties") is False:
        del result["additionalProperties"]
    return result


def _strip_annotations(schema: Any, keys_are_fields: bool = False) -> Any:
    """Return the schema without annotations. `keys_are_fields`: whether `schema` is a map of fields or patterns."""
    if isinstance(schema, list):
        return [_strip_annotations(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _strip_annotations(value, not keys_are_fields and key in ("properties", "patternProperties"))
        for key, value in schema.items()
        if keys_are_fields or (key not in (*_METADATA_KEYWORDS, *_CORE_KEYWORDS) and not key.startswith("x-"))
    }
