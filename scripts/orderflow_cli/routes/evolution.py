"""Classifies changes of a contract by whether they break consumers or producers, under the reading rules of ADR 2.

Producers follow the schema exactly; consumers drop unknown fields. So an old consumer remains compatible if every event
of the new schema is valid under the old one, apart from unknown fields; an old producer, if every event of the old
schema is valid under the new one. jsoncompat decides this for each change of a schema."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import jsoncompat

from orderflow_cli.routes import strings
from orderflow_cli.routes.messages import Contract, Schema

type Path = tuple[str, ...]
type _Difference = tuple[Path, str, Schema, Schema]

_IGNORED: Final = ("title", "description", "$schema", "$id", "$comment", "examples", "default", "definitions", "$defs")
_INNER: Final = ("items", "additionalProperties")
_SETS: Final = ("enum", "required", "type")
_MISSING: Final = object()


class Verdict(StrEnum):
    COMPATIBLE = "compatible"
    CONSUMERS = "breaks old consumers"
    PRODUCERS = "breaks old producers"
    BREAKING = "breaks both"


@dataclass(frozen=True, eq=False)
class Change:
    """One change of one contract; `path` is empty for the contract itself."""

    contract: Contract
    path: str
    what: str
    verdict: Verdict

    @property
    def breaks(self) -> bool:
        return self.verdict is not Verdict.COMPATIBLE


def changes(old: Sequence[Contract], new: Sequence[Contract]) -> list[Change]:
    """Return every change between two states of the contracts, in the order of their names."""
    before, after = ({one.name: one for one in state} for state in (old, new))
    found = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            versions = [one.version for one in old if one.event_type == after[name].event_type]
            beside = f", beside version {', '.join(map(str, versions))}" if versions else ""
            found.append(Change(after[name], "", f"is new{beside}", Verdict.COMPATIBLE))
        elif name not in after:
            found.append(Change(before[name], "", "is removed", Verdict.BREAKING))
        else:
            found += _contract_changes(before[name], after[name])
    return found


def _contract_changes(old: Contract, new: Contract) -> Iterator[Change]:
    for what, a, b in (("carrier", old.carrier, new.carrier), ("sources", old.sources, new.sources)):
        if a != b:
            shown = " -> ".join(", ".join(one) if isinstance(one, tuple) else one for one in (a, b))
            lost = what == "carrier" or not set(a) <= set(b)
            yield Change(new, "", f"{what}: {shown}", Verdict.BREAKING if lost else Verdict.COMPATIBLE)
    for path, what, before, after in _schema_differences(old.schema, new.schema, ()):
        yield Change(new, ".".join(path), what, verdict(before, after))


def verdict(old: Schema, new: Schema) -> Verdict:
    """Return the verdict on the change of a schema, or of a self-contained part of one."""
    consumers, producers = _is_superset(_as_read(old), new), _is_superset(_as_read(new), old)
    if consumers:
        return Verdict.COMPATIBLE if producers else Verdict.PRODUCERS
    return Verdict.CONSUMERS if producers else Verdict.BREAKING


def _is_superset(outer: Schema, inner: Schema) -> bool:
    """Return whether every value that `inner` allows is allowed by `outer`."""
    a, b = inner.get("pattern"), outer.get("pattern")
    if a is not None and b is not None and a != b:
        # jsoncompat does not recognise one pattern as a subset of another.
        try:
            if strings.only_in(strings.entire(a), strings.entire(b)) is not None:
                return False
        except strings.Undecided:
            return False
        outer = {**outer, "pattern": a}
    if outer.get("format", inner.get("format")) != inner.get("format"):
        return False  # jsoncompat ignores formats, unlike the validators here
    try:
        return bool(jsoncompat.check_compat(json.dumps(_stripped(outer)), json.dumps(_stripped(inner)), "serializer"))
    except ValueError:
        return False  # unsupported, so possibly unsafe


def _schema_differences(old: Schema, new: Schema, path: Path) -> Iterator[_Difference]:
    """Yield each change: path, description, and schemas before and after that differ in this change only."""
    if _stripped(old) == _stripped(new):
        return
    old, new = _nullable(old), _nullable(new)
    fields, others = old.get("properties", {}), new.get("properties", {})
    for name in sorted(fields.keys() | others.keys()):
        inner = (*path, name)
        needed = tuple(name in one.get("required", ()) for one in (old, new))
        if name not in others:
            # Breaking even if the field was optional: its readers no longer receive it.
            yield inner, "is removed", _object_schema(name, fields[name], required=True), _object_schema()
        elif name not in fields:
            what = "is new and required" if needed[1] else "is new and optional"
            yield inner, what, _object_schema(), _object_schema(name, others[name], required=needed[1])
        else:
            yield from _schema_differences(fields[name], others[name], inner)
            if needed[0] != needed[1]:
                before, after = (_object_schema(name, fields[name], required=one) for one in needed)
                yield inner, "is required now" if needed[1] else "is optional now", before, after
    for key in _INNER:
        inner = (*path[:-1], f"{path[-1] if path else ''}[]")
        was, now = old.get(key), new.get(key)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _schema_differences(was, now, inner)
        elif isinstance(was, dict):
            yield inner, "is removed", _object_schema("one", was, required=True), _object_schema()
        elif isinstance(now, dict):
            if was is False:
                yield inner, "is new and optional", _object_schema(), _object_schema("one", now)
            else:
                yield inner, "accepted any value before", {}, now
    yield from _map_differences(old, new, path)
    yield from _keyword_differences(old, new, path)


def _map_differences(old: Schema, new: Schema, path: Path) -> Iterator[_Difference]:
    a, b = old.get("patternProperties", {}), new.get("patternProperties", {})
    if a.keys() == b.keys():
        for key in a:
            yield from _schema_differences(a[key], b[key], (*path, "*"))
    elif a or b:
        before, after = ({"type": "string", "pattern": "|".join(one)} for one in (a, b))
        yield path, f"names of entries: {', '.join(a)} -> {', '.join(b)}", before, after


def _keyword_differences(old: Schema, new: Schema, path: Path) -> Iterator[_Difference]:
    """Yield changes of the schema's keywords, without those of its children."""
    handled = {"properties", "patternProperties", "required"}
    handled |= {key for key in _INNER if isinstance(old.get(key), dict) or isinstance(new.get(key), dict)}
    a, b = ({key: value for key, value in _stripped(one).items() if key not in handled} for one in (old, new))
    changed = [key for key in sorted(a.keys() | b.keys()) if a.get(key, _MISSING) != b.get(key, _MISSING)]
    if changed:
        yield path, "; ".join(_describe_change(key, a.get(key), b.get(key)) for key in changed), a, b


def _nullable(schema: Schema | bool) -> Schema:
    """Merge anyOf of a schema and null into one schema with two types, whose fields can be compared."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(choices) != 1 or len(schema["anyOf"]) != 2 or not isinstance(choices[0].get("type"), str):
        return schema
    merged = {**choices[0], "type": [choices[0]["type"], "null"]}
    return {**merged, "enum": [*merged["enum"], None]} if "enum" in merged else merged


def _object_schema(name: str = "", field: Schema | None = None, *, required: bool = False) -> Schema:
    """Return the schema of an object with at most one field."""
    fields = {} if field is None else {name: field}
    return {"type": "object", "additionalProperties": False, "properties": fields, "required": [name] * required}


def _describe_change(key: str, before: Any, after: Any) -> str:
    if key in _SETS:
        sets = [
            set(map(str, one if isinstance(one, list) else [one])) if one is not None else set()
            for one in (before, after)
        ]
        gained, lost = sorted(sets[1] - sets[0]), sorted(sets[0] - sets[1])
        parts = [f"gains {', '.join(gained)}"] if gained else []
        return f"{key} {' and '.join([*parts, *([f'loses {", ".join(lost)}'] if lost else [])])}"
    if key in ("oneOf", "anyOf", "allOf") and isinstance(before, list) and isinstance(after, list):
        gone, come = ([one for one in these if one not in those] for these, those in ((before, after), (after, before)))
        return f"{key}: {len(gone)} of {len(before)} schemas are removed, {len(come)} of {len(after)} are new"
    return f"{key}: {'none' if before is None else before} -> {'none' if after is None else after}"


def _as_read(schema: Any) -> Any:
    """Return the schema as a consumer applies it, with undeclared fields allowed, except in maps."""
    if isinstance(schema, list):
        return [_as_read(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _as_read(value) for key, value in schema.items()}
    if "patternProperties" not in kept and kept.get("additionalProperties") is False:
        del kept["additionalProperties"]
    return kept


def _stripped(schema: Any, field_names: bool = False) -> Any:
    """Return the schema without annotations; under `properties` every key is a field's name."""
    if isinstance(schema, list):
        return [_stripped(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _stripped(value, not field_names and key in ("properties", "patternProperties"))
        for key, value in schema.items()
        if field_names or (key not in _IGNORED and not key.startswith("x-"))
    }
