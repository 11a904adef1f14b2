"""The one error of this package: which field of an event is wrong, and why, in words for a person.

Values are never quoted: an event carries personal data and its error travels to logs and dead-letter queues.
"""

from collections.abc import Sequence
from typing import Final

_LONGEST_FIELD: Final = 200
_LONGEST_REASON: Final = 300
_LONGEST_KEY: Final = 40
_KEY_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")

_TYPES: Final = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


class ContractError(ValueError):
    """An event breaks its contract.

    field:  where, for example ``data.lines[3].quantity``; ``event`` is the whole document.
    reason: why, for example ``must be at least 1``.
    code:   a stable name for machines: malformed_json, too_large, unknown_event_type, unknown_schema_version,
            wrong_event_type, missing_field, unknown_field, invalid_field or broken_rule.
    """

    def __init__(self, field: str, reason: str, code: str = "invalid_field") -> None:
        self.field = _shortened(field, _LONGEST_FIELD)
        self.reason = _shortened(reason, _LONGEST_REASON)
        self.code = code
        super().__init__(f"{self.field}: {self.reason}")

    def __reduce__(self) -> tuple[type["ContractError"], tuple[str, str, str]]:
        return ContractError, (self.field, self.reason, self.code)


def violation(field: str, rule: str, limit: object) -> ContractError:
    """The error for a broken JSON Schema keyword; called by the generated validators.

    limit is what the schema says beside the keyword. For required and additionalProperties it is the keys
    that are missing or too many, for pattern and format the schema's x-says.
    """
    match rule, limit:
        case "required", [str(first), *_]:
            return ContractError(_child(field, first), "is required", "missing_field")
        case "additionalProperties", list(keys) if keys:
            return ContractError(_child(field, _printable_key(keys)), "is not a known field", "unknown_field")
        case _:
            return ContractError(field or "event", _why(rule, limit))


def _why(rule: str, limit: object) -> str:
    match rule, limit:
        case "type", str(name):
            return f"must be {_TYPES[name]}"
        case "type", list(names):
            return f"must be {' or '.join(_TYPES[str(name)] for name in names)}"
        case "enum", list(choices) if len(choices) == 1:
            return f"must be {choices[0]}"
        case "enum", list(choices):
            return f"must be one of {', '.join('null' if choice is None else str(choice) for choice in choices)}"
        case "minimum", _:
            return f"must be at least {limit}"
        case "maximum", _:
            return f"must be at most {limit}"
        case "minLength", _:
            return f"must have at least {_count(limit, 'character')}"
        case "maxLength", _:
            return f"must have at most {_count(limit, 'character')}"
        case "minItems", _:
            return f"must have at least {_count(limit, 'item')}"
        case "maxItems", _:
            return f"must have at most {_count(limit, 'item')}"
        case "minProperties", _:
            return f"must have at least {_count(limit, 'entry', 'entries')}"
        case "maxProperties", _:
            return f"must have at most {_count(limit, 'entry', 'entries')}"
        case _:
            return f"must be {limit}"


def _count(limit: object, one: str, many: str | None = None) -> str:
    return f"{limit} {one if limit == 1 else many or one + 's'}"


def _child(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key


def _printable_key(keys: Sequence[object]) -> str:
    # A key of a foreign document may itself hold personal data; only what looks like a field name is repeated.
    printable = [
        key for key in keys if isinstance(key, str) and len(key) <= _LONGEST_KEY and set(key) <= _KEY_CHARACTERS
    ]
    return min(filter(None, printable), default="(unprintable name)")


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
