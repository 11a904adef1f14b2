"""The error for an event that violates its contract: it says which field is invalid and why.

It never quotes values, because events contain personal data and errors reach logs and dead-letter queues."""

from typing import Final

_MAX_FIELD_LENGTH: Final = 200
_MAX_REASON_LENGTH: Final = 300
_MAX_KEY_LENGTH: Final = 40
_WITHHELD_NAME: Final = "(name withheld)"
_KEY_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")

_TYPE_NAMES: Final = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_COUNT_RULES: Final = {
    "minLength": ("least", "character", "characters"),
    "maxLength": ("most", "character", "characters"),
    "minItems": ("least", "item", "items"),
    "maxItems": ("most", "item", "items"),
    "minProperties": ("least", "entry", "entries"),
    "maxProperties": ("most", "entry", "entries"),
}
_BOUND_WORDS: Final = {"minimum": "at least ", "maximum": "at most "}


class ContractError(ValueError):
    """An event violates its contract.

    field:  the path, for example ``data.lines[3].quantity``; ``event`` is the whole document.
    reason: the broken rule, for example ``must be at least 1``.
    code:   a stable identifier for programs: malformed_json, too_large, unknown_event_type, unknown_schema_version,
            wrong_event_type, missing_field, unknown_field, invalid_field or broken_rule."""

    def __init__(self, field: str, reason: str, code: str = "invalid_field") -> None:
        self.field = _shorten(field, _MAX_FIELD_LENGTH)
        self.reason = _shorten(reason, _MAX_REASON_LENGTH)
        self.code = code
        super().__init__(f"{self.field}: {self.reason}")

    def __reduce__(self) -> tuple[type["ContractError"], tuple[str, str, str]]:
        return ContractError, (self.field, self.reason, self.code)


def violation(field: str, rule: str, limit: object) -> ContractError:
    """Return the error for a violated JSON Schema keyword; called by the generated validators.

    limit is the value of the keyword. For required and additionalProperties it is the missing or unknown keys; for
    patterns and formats it is the text of the schema's `x-says`, which states the rule in words."""
    return violations(field, rule, limit, root="event")[0]


def violations(field: str, rule: str, limit: object, *, root: str = "body") -> list[ContractError]:
    """Return the errors for a violated keyword, one per missing or unknown key; root names the whole document."""
    match rule, limit:
        case "required", [*keys]:
            return [ContractError(_child_path(field, str(key)), "is required", "missing_field") for key in keys]
        case "additionalProperties", [*keys]:
            names = sorted(map(_quotable_key, keys), key=lambda key: (key == _WITHHELD_NAME, key))
            return [ContractError(_child_path(field, key), "is not a known field", "unknown_field") for key in names]
        case _:
            return [ContractError(field or root, _reason(rule, limit))]


def _reason(rule: str, limit: object) -> str:
    match rule, limit:
        case "type", [*names]:
            return f"must be {' or '.join(_TYPE_NAMES[str(name)] for name in names)}"
        case "type", _:
            return f"must be {_TYPE_NAMES[str(limit)]}"
        case "enum", [choice]:
            return f"must be {choice}"
        case "enum", [*choices]:
            return f"must be one of {', '.join('null' if choice is None else str(choice) for choice in choices)}"
        case _ if rule in _COUNT_RULES:
            bound, singular, plural = _COUNT_RULES[rule]
            return f"must have at {bound} {limit} {singular if limit == 1 else plural}"
        case _:
            return f"must be {_BOUND_WORDS.get(rule, '')}{limit}"


def _child_path(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key


def _quotable_key(key: object) -> str:
    # A key of an external document may itself be personal data; only keys that look like field names are quoted.
    is_name = isinstance(key, str) and 0 < len(key) <= _MAX_KEY_LENGTH and set(key) <= _KEY_CHARACTERS
    return str(key) if is_name else _WITHHELD_NAME


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
