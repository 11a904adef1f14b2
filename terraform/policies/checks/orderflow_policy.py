"""Shared by the policies of this folder: reads resources as checkov passes them, and IAM documents.

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
    """A policy sets number, title and resources; `evaluate` returns True, False, or None if unknown."""

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
    found = _unwrap(conf)
    for key in path:
        if not isinstance(found, dict):
            return None
        found = _unwrap(found.get(key))
    return found


def _unwrap(found: Any) -> Any:
    while isinstance(found, list) and len(found) == 1:
        found = found[0]
    return None if found == [] else found


def is_unknown(found: Any) -> bool:
    """Return whether a value is unknown here: set by a variable, by a dynamic block, or at apply."""
    # `var.sizing.memory_mb` of an object variable with the default {} appears as {}.
    if found == {}:
        return True
    return isinstance(found, str) and (found == "true_after_unknown" or bool(_REFERENCE.search(found)))


def has_dynamic(conf: dict[str, Any], block: str) -> bool:
    """Return whether the source declares the block as `dynamic`, so that only a plan shows it."""
    blocks = conf.get("dynamic") or []
    return any(isinstance(one, dict) and block in one for one in blocks)


def is_between(found: Any, lowest: int, highest: int) -> bool | None:
    """Return whether the value is a number within the limits, or None if it is unknown here."""
    if is_unknown(found):
        return None
    try:
        return found is not None and lowest <= int(found) <= highest
    except (TypeError, ValueError):
        # An expression that checkov could not evaluate; the plans contain its value.
        return None


def every(verdicts: Iterable[bool | None]) -> bool | None:
    """Return False if any verdict is False, otherwise None if any is None, otherwise True."""
    found = list(verdicts)
    return False if False in found else None if None in found else True


def document(found: Any) -> dict[str, Any] | None:
    """Parse an IAM document; returns None if it is unknown here."""
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return None
    return found if isinstance(found, dict) and "Statement" in found else None


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
    tests = _unwrap(statement.get("Condition")) or {}
    return {str(key).lower() for keys in tests.values() for key in (_unwrap(keys) or {})}


def denies_plain_http(policy: dict[str, Any]) -> bool:
    """Return whether a statement denies every request without TLS."""
    for statement in statements(policy, "Deny"):
        tests = _unwrap(statement.get("Condition")) or {}
        required = _unwrap(tests.get("Bool")) or {}
        secure = {str(key).lower(): str(_unwrap(text)).lower() for key, text in required.items()}
        if secure.get("aws:securetransport") == "false" and "*" in principals(statement, "AWS"):
            return True
    return False


def _as_list(found: Any) -> list[Any]:
    while isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    return [] if found is None else found if isinstance(found, list) else [found]
