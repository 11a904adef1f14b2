"""Base class and helpers of the policies in this folder, to read resources as checkov passes them, and IAM policies.

Every attribute is wrapped in a list, both from HCL and from a plan. A value known only after apply is a reference in
the source, and missing or `true_after_unknown` in a plan."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

_REFERENCE = re.compile(r"\$\{|^(var|local|module|each|data|aws_\w+)[.\[]|^[a-z_0-9]+\(")
"""A reference, or a call that checkov could not evaluate."""


class Policy(BaseResourceCheck):
    """Base class of the policies. `evaluate` returns True, False, or None if the result is unknown."""

    number: int
    title: str
    resources: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__(
            name=self.title,
            id=f"CKV_ORDERFLOW_{self.number}",
            categories=(CheckCategories.GENERAL_SECURITY,),
            supported_resources=self.resources,
        )

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        raise NotImplementedError

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        verdict = self.evaluate(conf)
        if verdict is None:
            return CheckResult.UNKNOWN
        return CheckResult.PASSED if verdict else CheckResult.FAILED


def value(conf: Any, *path: str) -> Any:
    """Return the unwrapped value at `path`, or None."""
    raw = _unwrap(conf)
    for key in path:
        if not isinstance(raw, dict):
            return None
        raw = _unwrap(raw.get(key))
    return raw


def _unwrap(raw: Any) -> Any:
    while isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    return None if raw == [] else raw


def is_unknown(raw: Any) -> bool:
    """Return whether a value is not yet known, because it is a reference or the apply sets it."""
    # `var.sizing.memory_mb` of an object variable with the default {} appears as {}.
    if raw == {}:
        return True
    return isinstance(raw, str) and (raw == "true_after_unknown" or bool(_REFERENCE.search(raw)))


def has_dynamic_block(conf: dict[str, Any], block: str) -> bool:
    """Return whether the source declares the block as `dynamic`, so that only a plan shows it."""
    blocks = conf.get("dynamic") or []
    return any(isinstance(dynamic, dict) and block in dynamic for dynamic in blocks)


def is_between(raw: Any, lowest: int, highest: int) -> bool | None:
    """Return whether the value is a number within the limits, or None if it is not yet known."""
    if is_unknown(raw):
        return None
    try:
        return raw is not None and lowest <= int(raw) <= highest
    except (TypeError, ValueError):
        # An expression that checkov could not evaluate; the plans contain its value.
        return None


def combine_verdicts(verdicts: Iterable[bool | None]) -> bool | None:
    """Return False if any verdict is False, otherwise None if any is None, otherwise True."""
    results = list(verdicts)
    return False if False in results else None if None in results else True


def document(raw: Any) -> dict[str, Any] | None:
    """Return the parsed IAM policy document, or None if `raw` contains none or is not yet known."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            return None
    return raw if isinstance(raw, dict) and "Statement" in raw else None


def statements(policy: dict[str, Any], effect: str) -> Iterator[dict[str, Any]]:
    for statement in _as_list(policy["Statement"]):
        if _unwrap(statement.get("Effect")) == effect:
            yield statement


def principals(statement: dict[str, Any], kind: str) -> list[str]:
    """Return the principals of one kind (`AWS`, `Service`); a bare `*` counts as `AWS`."""
    principal = _unwrap(statement.get("Principal"))
    if isinstance(principal, str):
        return [principal] if kind == "AWS" else []
    return [str(name) for name in _as_list((principal or {}).get(kind))]


def condition_keys(statement: dict[str, Any]) -> set[str]:
    """Return the statement's condition keys in lower case."""
    conditions = _unwrap(statement.get("Condition")) or {}
    return {str(key).lower() for keys in conditions.values() for key in (_unwrap(keys) or {})}


def denies_plain_http(policy: dict[str, Any]) -> bool:
    """Return whether a statement denies requests without TLS to every principal."""
    for statement in statements(policy, "Deny"):
        conditions = _unwrap(statement.get("Condition")) or {}
        bool_conditions = _unwrap(conditions.get("Bool")) or {}
        values = {str(key).lower(): str(_unwrap(text)).lower() for key, text in bool_conditions.items()}
        if values.get("aws:securetransport") == "false" and "*" in principals(statement, "AWS"):
            return True
    return False


def _as_list(raw: Any) -> list[Any]:
    while isinstance(raw, list) and len(raw) == 1 and isinstance(raw[0], list):
        raw = raw[0]
    return [] if raw is None else raw if isinstance(raw, list) else [raw]
