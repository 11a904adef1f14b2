"""What the policies of this folder share: reading a resource as checkov hands it over, and reading IAM documents.

Every attribute comes wrapped in a list, from HCL and from a plan alike. What only AWS can tell is a reference in the
source and missing or `true_after_unknown` in a plan."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

_REFERENCE = re.compile(r"\$\{|^(var|local|module|each|data|aws_\w+)[.\[]|^[a-z_0-9]+\(")
"""A reference, or a call that checkov could not work out."""


class Policy(BaseResourceCheck):
    """A policy gives number, name and resource types, and `judge`: True, False, or None where it cannot be known."""

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

    def judge(self, conf: dict[str, Any]) -> bool | None:
        raise NotImplementedError

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        verdict = self.judge(conf)
        if verdict is None:
            return CheckResult.UNKNOWN
        return CheckResult.PASSED if verdict else CheckResult.FAILED


def value(conf: Any, *path: str) -> Any:
    """What stands at `path`, unwrapped; None where nothing does."""
    found = _unwrapped(conf)
    for key in path:
        if not isinstance(found, dict):
            return None
        found = _unwrapped(found.get(key))
    return found


def _unwrapped(found: Any) -> Any:
    while isinstance(found, list) and len(found) == 1:
        found = found[0]
    return None if found == [] else found


def is_open(found: Any) -> bool:
    """Whether a value is decided elsewhere: by a variable, by a dynamic block, or after the apply."""
    # `var.sizing.memory_mb` of an object variable with the default {} comes as that {}.
    if found == {}:
        return True
    return isinstance(found, str) and (found == "true_after_unknown" or bool(_REFERENCE.search(found)))


def has_dynamic(conf: dict[str, Any], block: str) -> bool:
    """Whether source writes the block as `dynamic`, so that only a plan shows it."""
    blocks = conf.get("dynamic") or []
    return any(isinstance(one, dict) and block in one for one in blocks)


def is_number(found: Any, lowest: int, highest: int) -> bool | None:
    """Whether a finite number within the limits is given; None for one that is decided elsewhere."""
    if is_open(found):
        return None
    try:
        return found is not None and lowest <= int(found) <= highest
    except (TypeError, ValueError):
        # An expression that checkov could not work out; the plans hold its value.
        return None


def every(verdicts: Iterable[bool | None]) -> bool | None:
    """False when one is, else None when one is, else True."""
    found = list(verdicts)
    return False if False in found else None if None in found else True


def document(found: Any) -> dict[str, Any] | None:
    """An IAM document from its text; None where it is decided elsewhere."""
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return None
    return found if isinstance(found, dict) and "Statement" in found else None


def statements(policy: dict[str, Any], effect: str) -> Iterator[dict[str, Any]]:
    for statement in _listed(policy["Statement"]):
        if _unwrapped(statement.get("Effect")) == effect:
            yield statement


def principals(statement: dict[str, Any], kind: str) -> list[str]:
    """The principals of one kind (`AWS`, `Service`); a bare `*` counts as `AWS`."""
    principal = _unwrapped(statement.get("Principal"))
    if isinstance(principal, str):
        return [principal] if kind == "AWS" else []
    return [str(name) for name in _listed((principal or {}).get(kind))]


def condition_keys(statement: dict[str, Any]) -> set[str]:
    """The keys that its conditions ask for, in lower case."""
    tests = _unwrapped(statement.get("Condition")) or {}
    return {str(key).lower() for keys in tests.values() for key in (_unwrapped(keys) or {})}


def refuses_plain_http(policy: dict[str, Any]) -> bool:
    """Whether a statement denies everybody what does not come over TLS."""
    for statement in statements(policy, "Deny"):
        tests = _unwrapped(statement.get("Condition")) or {}
        asked = _unwrapped(tests.get("Bool")) or {}
        secure = {str(key).lower(): str(_unwrapped(said)).lower() for key, said in asked.items()}
        if secure.get("aws:securetransport") == "false" and "*" in principals(statement, "AWS"):
            return True
    return False


def _listed(found: Any) -> list[Any]:
    while isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    return [] if found is None else found if isinstance(found, list) else [found]
