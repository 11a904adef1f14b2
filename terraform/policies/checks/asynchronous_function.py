import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orderflow_policy import Policy, value

# Services that invoke a function asynchronously: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
_INVOKERS = {f"{name}.amazonaws.com" for name in ("config", "events", "iot", "logs", "s3", "scheduler", "ses", "sns")}
# Set to the folder of the scanned plans: a policy sees one resource, but a function's callers are other resources.
PLANS_VARIABLE = "ORDERFLOW_PLANS"
_INDEX = re.compile(r"\[[^\]]*\]")


class AsynchronousFunction(Policy):
    """Evaluated only on plans, whose references show what invokes a function even if its ARN is not yet known."""

    number = 9
    title = "A function that is invoked asynchronously has an on-failure destination"
    resources = ("aws_lambda_function",)

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        file = Path(os.environ.get(PLANS_VARIABLE, "")) / self.entity_path.partition(":")[0].lstrip("/")
        if PLANS_VARIABLE not in os.environ or file.suffix != ".json" or not file.is_file():
            return None
        plan = json.loads(file.read_text())
        address = _INDEX.sub("", str(conf["__address__"]))
        addresses = {address, address.rpartition(".aws_lambda_function.")[0]} - {""}
        if not any(addresses & _referenced_addresses(plan, caller["address"]) for caller in _caller_changes(plan)):
            return True
        return any(_has_destination(change, value(conf, "function_name")) for change in plan["resource_changes"])


def _caller_changes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schedules, and the permissions of services that invoke functions asynchronously."""
    for change in plan["resource_changes"]:
        after = change["change"].get("after") or {}
        is_invoke_permission = change["type"] == "aws_lambda_permission" and after.get("principal") in _INVOKERS
        if is_invoke_permission or change["type"] == "aws_scheduler_schedule":
            yield change


def _referenced_addresses(plan: dict[str, Any], address: str) -> set[str]:
    """Return the functions, and the modules that may contain one, to which a resource or its module calls refer."""
    modules, parts = [plan["configuration"]["root_module"]], _INDEX.sub("", address).split(".")
    addresses: set[str] = set()
    path = ""
    while parts[0] == "module":
        call = modules[-1]["module_calls"][parts[1]]
        addresses |= _references(call.get("expressions", {}), path)
        path, parts = f"{path}module.{parts[1]}.", parts[2:]
        modules.append(call["module"])
    for resource in modules[-1].get("resources", []):
        if resource["address"] == ".".join(parts):
            addresses |= _references(resource.get("expressions", {}), path)
    return addresses


def _references(expressions: Any, path: str) -> set[str]:
    if isinstance(expressions, list):
        return {name for expression in expressions for name in _references(expression, path)}
    if not isinstance(expressions, dict):
        return set()
    direct_references = {
        f"{path}{'.'.join(name.split('.')[:2])}"
        for name in expressions.get("references", [])
        if name.startswith(("module.", "aws_lambda_function."))
    }
    return direct_references | _references([child for key, child in expressions.items() if key != "references"], path)


def _has_destination(change: dict[str, Any], function: Any) -> bool:
    after = change["change"].get("after") or {}
    if change["type"] != "aws_lambda_function_event_invoke_config" or after.get("function_name") != function:
        return False
    return any(bool(config.get("on_failure")) for config in after.get("destination_config") or [])


check = AsynchronousFunction()
