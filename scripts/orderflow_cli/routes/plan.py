"""Reads a Terraform plan: resources, their known values, and what an unknown value refers to.

This works for any configuration, because it assumes no naming convention. A value that is unknown until apply is
followed through the configuration to its resource; locals, which the plan's JSON omits, are read from the source, if it
is on disk. https://developer.hashicorp.com/terraform/internals/json-format"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from orderflow_cli import UserError
from orderflow_cli.toolchain import terraform_source
from orderflow_cli.toolchain.terraform_source import Block, Expression, Source

type _CallPath = tuple[str, ...]
type _Visits = set[tuple[_CallPath, str]]

_PATH_PART: Final = re.compile(r'([^.\["]+)((?:\["(?:[^"\\]|\\.)*"\]|\[\d+\])?)')
_REFERENCE: Final = re.compile(
    r'\b(?:var|local|module|data|each|[a-z]+_[a-z0-9_]+)(?:\.\w+|\["[^"]*"\]|\[\d+\])+|\beach\b'
)
_INTERPOLATION: Final = re.compile(r"\$\{([^}]*)\}")
_ARN: Final = re.compile(r"arn:([^:]*):([^:]+):([^:]*):([^:]*):(.+)")
_NAME_ATTRIBUTES: Final = ("name", "function_name", "key_id", "id")
# Service, prefix and name attribute of each resource type's ARN.
ARN_PARTS: Final = {
    "aws_sqs_queue": ("sqs", "", "name"),
    "aws_sns_topic": ("sns", "", "name"),
    "aws_lambda_function": ("lambda", "function:", "function_name"),
    "aws_kinesis_stream": ("kinesis", "stream/", "name"),
    "aws_kinesis_firehose_delivery_stream": ("firehose", "deliverystream/", "name"),
    "aws_sfn_state_machine": ("states", "stateMachine:", "name"),
    "aws_cloudwatch_log_group": ("logs", "log-group:", "name"),
    "aws_cloudwatch_event_bus": ("events", "event-bus/", "name"),
    "aws_cloudwatch_event_api_destination": ("events", "api-destination/", "name"),
    "aws_dynamodb_table": ("dynamodb", "table/", "name"),
    "aws_iam_role": ("iam", "role/", "name"),
    "aws_iam_policy": ("iam", "policy/", "name"),
    "aws_kms_key": ("kms", "key/", "key_id"),
    "aws_kms_alias": ("kms", "", "name"),
    "aws_s3_bucket": ("s3", "", "bucket"),
}


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource instance; `values` are known, `unknown` marks those known only after apply."""

    address: str
    type: str
    name: str
    module: tuple[tuple[str, str], ...]
    """The calls of the enclosing modules, each with its key: (("pipeline", ""), ("topics", '["orders"]'))."""
    key: str
    values: Mapping[str, Any] = field(repr=False)
    unknown: Mapping[str, Any] = field(repr=False)

    def value(self, name: str) -> Any:
        """Return a value, or None if it is null, absent or unknown."""
        return self.values.get(name)

    def is_unknown(self, name: str) -> bool:
        return self.unknown.get(name) is True

    @cached_property
    def label(self) -> str:
        """The address for display, without common parts such as `this` and `main`."""
        modules = [name + key for name, key in self.module]
        if self.name in ("this", "main") and modules:
            return ".".join(modules) + self.key
        return ".".join([*modules, self.name if modules else f"{self.type}.{self.name}"]) + self.key


@dataclass(frozen=True)
class Arn:
    service: str
    account: str
    region: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> "Arn | None":
        match = _ARN.fullmatch(text)
        return cls(match[2], match[4], match[3], match[5]) if match else None

    @property
    def key(self) -> tuple[str, str]:
        """The service and the resource, without version, alias, stream or suffix; equal for all ARNs of a resource."""
        resource = self.resource
        if self.service == "lambda":
            resource = ":".join(resource.split(":")[:2])
        elif self.service in ("dynamodb", "events") and not resource.startswith("rule/"):
            resource = "/".join(resource.split("/")[:2])
        return self.service, resource.removesuffix(":*")


@dataclass(frozen=True)
class References:
    """A value that is unknown until apply, represented by the resources to which it refers."""

    resources: tuple[Resource, ...]


class Plan:
    """A plan or a state, from the output of `terraform show -json`."""

    def __init__(self, document: Mapping[str, Any], source: Path | None = None) -> None:
        if not (isinstance(document, Mapping) and {"resource_changes", "values"} & document.keys()):
            raise UserError("The plan must be the output of `terraform show -json PLAN`; this JSON has no resources.")
        self.document = document
        self.root = document.get("configuration", {}).get("root_module", {})
        self.source = Source(source, self.root) if source else None
        self.resources = {one.address: one for one in self._read_resources()}
        self._by_name: dict[tuple[_CallPath, str, str], list[Resource]] = {}
        for resource in self.resources.values():
            calls = tuple(name for name, _ in resource.module)
            self._by_name.setdefault((calls, resource.type, resource.name), []).append(resource)

    @classmethod
    def load(cls, file: Path, source: Path | None = None) -> "Plan":
        try:
            return cls(json.loads(file.read_text("utf-8")), source)
        except (OSError, ValueError) as error:
            raise UserError(f"{file} cannot be read as the JSON of a plan: {error}") from None

    def find_all(self, *types: str) -> list[Resource]:
        return [one for one in self.resources.values() if one.type in types]

    @cached_property
    def region(self) -> str:
        return self._infer_arn_part("region")

    @cached_property
    def account(self) -> str:
        return self._infer_arn_part("account")

    def arn(self, resource: Resource) -> Arn | None:
        """Return a resource's ARN, derived from its name if the plan does not contain it; unknown parts are empty."""
        if isinstance(text := resource.value("arn"), str):
            return Arn.parse(text)
        if resource.type == "aws_cloudwatch_event_rule" and resource.value("name"):
            bus = self.resolve(resource, ("aws_cloudwatch_event_bus",), "event_bus_name")
            if bus is None and resource.is_unknown("event_bus_name"):
                return None
            bus_name = bus.value("name") if bus else (resource.value("event_bus_name") or "default").rpartition("/")[2]
            path = "" if bus_name == "default" else f"{bus_name}/"
            return Arn("events", self.account, self.region, f"rule/{path}{resource.value('name')}")
        service, prefix, attribute = ARN_PARTS.get(resource.type, ("", "", ""))
        if not service or not isinstance(name := resource.value(attribute), str):
            return None
        return Arn(service, self.account, self.region, prefix + name)

    def find_by_arn(self, text: str) -> Resource | None:
        """Return the planned resource that has this ARN."""
        arn = Arn.parse(text)
        if arn is None or (self.account and arn.account and arn.account != self.account):
            return None
        return None if self.region and arn.region not in ("", self.region) else self._resources_by_arn_key.get(arn.key)

    def resolve(self, resource: Resource, types: tuple[str, ...], *path: str | int) -> Resource | None:
        """Return the planned resource of these types that an attribute names (ARN, name, id or URL) or refers to."""
        value = get_value(resource.values, *path)
        if not isinstance(value, str):
            return self.origin(resource, types, *path)
        if value.startswith("arn:"):
            match = self.find_by_arn(value)
            return match if match is not None and match.type in types else None
        names = {value, value.rpartition("/")[2]}
        return next((one for one in self.find_all(*types) if names & {*map(one.value, _NAME_ATTRIBUTES)}), None)

    def block(self, address: str) -> Block | None:
        """Return the resource's block in the source; None if that is not on disk."""
        return self.source.block(address) if self.source else None

    def origins(self, resource: Resource, *path: str | int) -> list[Resource]:
        """Return the resources to which an attribute's expression refers, through variables, outputs and locals."""
        expressions = self._configuration_node(resource)[1].get("expressions")
        return self._resolve_all(resource, _references(get_value(expressions, *path)))

    def _resolve_all(self, resource: Resource, references: list[str]) -> list[Resource]:
        """Resolve references in a resource's block; of several instances, prefer those with the same key."""
        module, node = self._configuration_node(resource)
        seen: _Visits = set()
        resources = [one for reference in references for one in self._follow(module, reference, node, seen)]
        candidates = [one for one in dict.fromkeys(resources) if _can_reference(resource, one)]
        same_key_resources = [one for one in candidates if one.key == resource.key != ""]
        same_module_resources = [one for one in same_key_resources if resource.module and one.module == resource.module]
        same_module_key_resources = [one for one in candidates if any(k == resource.key != "" for _, k in one.module)]
        best_resources = same_module_resources or same_key_resources or same_module_key_resources
        types = {one.type for one in best_resources}
        return [one for one in candidates if one in best_resources or one.type not in types]

    def origin(self, resource: Resource, types: tuple[str, ...], *path: str | int) -> Resource | None:
        """Return the only resource of these types that an attribute refers to; None if there is none or several."""
        origins = [one for one in self.origins(resource, *path) if one.type in types]
        return origins[0] if len(origins) == 1 else None

    def is_set(self, resource: Resource, attribute: str) -> bool:
        """Return whether the configuration sets an attribute, known or not."""
        node = self._configuration_node(resource)[1]
        return attribute in node.get("expressions", {}) or (not node and resource.is_unknown(attribute))

    def source_value(self, resource: Resource, attribute: str) -> Any:
        """Return an attribute's value in the source, with `References` for unknown parts; None if the
        attribute is not set or is a condition, a loop or the like, or if the source is not on disk."""
        block = self.block(resource.address)
        if block is None:
            return None

        def resolve_value(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: resolve_value(one) for key, one in value.items()}
            if isinstance(value, list):
                return [resolve_value(one) for one in value]
            if not isinstance(value, Expression):
                return value
            if (text := self._interpolate(resource, value.text)) is not None:
                return text
            return References(tuple(self._resolve_all(resource, _drop_prefixes(_REFERENCE.findall(value.text)))))

        try:
            return resolve_value(terraform_source.parse_attribute(block, attribute))
        except ValueError:
            return None

    def _interpolate(self, resource: Resource, template: str) -> str | None:
        """Interpolate a string of the source; return None if a reference is unknown."""
        if not template.startswith('"'):
            return None
        parts: list[Any] = _INTERPOLATION.split(template[1:-1])
        for index in range(1, len(parts), 2):
            reference, _, attribute = parts[index].strip().rpartition(".")
            resources = self._resolve_all(resource, [reference])
            parts[index] = resources[0].value(attribute) if len(resources) == 1 else None
        return "".join(parts) if all(isinstance(one, str) for one in parts) else None

    def input_variables(self, resource: Resource, *path: str | int) -> set[str]:
        """Return the names of the variables to which an attribute's expression refers."""
        module, node = self._configuration_node(resource)
        seen: _Visits = set()
        for reference in _references(get_value(node.get("expressions"), *path)):
            list(self._follow(module, reference, node, seen))
        return {reference.split(".")[1] for _, reference in seen if reference.startswith("var.")}

    def _read_resources(self) -> Iterator[Resource]:
        for change in self.document.get("resource_changes", []):
            after = change["change"].get("after")
            if change["change"]["actions"] != ["delete"] and isinstance(after, dict):
                yield _make_resource(change, after, change["change"].get("after_unknown") or {})
        is_plan = "resource_changes" in self.document
        state = self.document.get("prior_state", {}) if is_plan else self.document
        for resource in _state_resources(state.get("values", {}).get("root_module", {})):
            if resource["mode"] == "data" or not is_plan:
                yield _make_resource(resource, resource["values"], {})

    @cached_property
    def _resources_by_arn_key(self) -> dict[tuple[str, str], Resource]:
        arns = ((self.arn(one), one) for one in self.resources.values() if one.type in ARN_PARTS)
        return {arn.key: one for arn, one in arns if arn}

    def _infer_arn_part(self, part: str) -> str:
        text = json.dumps([one.values for one in self.resources.values()])
        identities = [one for one in self.resources.values() if one.type == "aws_caller_identity"]
        if part == "account" and identities and identities[0].value("account_id"):
            return str(identities[0].value("account_id"))
        counts = Counter(
            getattr(arn, part)
            for match in re.findall(r"arn:aws[\w-]*:(?!iam)[a-z0-9]+:[a-z0-9-]*:\d{12}:[^\"\\\s]+", text)
            if (arn := Arn.parse(match)) and getattr(arn, part)
        )
        return counts.most_common(1)[0][0] if counts else ""

    def _configuration_node(self, resource: Resource) -> tuple[_CallPath, Mapping[str, Any]]:
        calls = tuple(name for name, _ in resource.module)
        for node in self._module_configuration(calls).get("resources", []):
            if (node["type"], node["name"]) == (resource.type, resource.name):
                return calls, node
        return calls, {}

    def _module_configuration(self, calls: _CallPath) -> Mapping[str, Any]:
        module: Mapping[str, Any] = self.root
        for call in calls:
            module = module.get("module_calls", {}).get(call, {}).get("module", {})
        return module

    def _follow(self, module: _CallPath, reference: str, node: Mapping[str, Any], seen: _Visits) -> Iterator[Resource]:
        """Yield the resources that a reference resolves to; `module` and `node` (a block) contain the reference."""
        if (module, reference) in seen:
            return
        seen.add((module, reference))
        parts = _PATH_PART.findall(reference)
        if parts[0][0] == "module":
            yield from self._follow_output(module, parts, seen)
        elif parts[0][0] in ("each", "var", "local"):
            for next_module, next_reference, next_node in self._indirect_references(module, parts, node):
                yield from self._follow(next_module, next_reference, next_node, seen)
        else:
            kind, name = [*parts[parts[0][0] == "data" :], ("", ""), ("", "")][:2]
            for resource in self._by_name.get((module, kind[0], name[0]), []):
                if not name[1] or resource.key == name[1]:
                    yield resource

    def _indirect_references(
        self, module: _CallPath, parts: list[tuple[str, str]], node: Mapping[str, Any]
    ) -> Iterator[tuple[_CallPath, str, Mapping[str, Any]]]:
        """Yield the references in the value of each.value, a variable or a local, each with its module and block."""
        kind, name = parts[0][0], parts[1][0] if len(parts) > 1 else ""
        if kind == "each" and name == "value":
            yield from ((module, one, {}) for one in _references(node.get("for_each_expression", {})))
        elif kind == "var" and module:
            call = self._module_configuration(module[:-1]).get("module_calls", {}).get(module[-1], {})
            references = _references(call.get("expressions", {}).get(name, {}))
            yield from ((module[:-1], one, call) for one in references)
        elif kind == "local" and self.source:
            references = _drop_prefixes(self.source.local_references(module, name, _REFERENCE))
            yield from ((module, one, node) for one in references)

    def _follow_output(self, module: _CallPath, parts: list[tuple[str, str]], seen: _Visits) -> Iterator[Resource]:
        name, key = parts[1]
        attribute = parts[2][0] if len(parts) > 2 else None
        outputs = self._module_configuration((*module, name)).get("outputs", {})
        for output in outputs if attribute is None else [attribute] if attribute in outputs else []:
            for reference in _references(outputs[output].get("expression", {})):
                for resource in self._follow((*module, name), reference, {}, seen):
                    if not key or len(resource.module) <= len(module) or resource.module[len(module)] == (name, key):
                        yield resource


def get_value(node: Any, *path: str | int) -> Any:
    """Return the value at a path of keys and indexes, or None."""
    for part in path:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return None
    return node


def _can_reference(resource: Resource, other: Resource) -> bool:
    """Return whether a resource can refer to another: not if they are in different instances of one module call."""
    for call, other_call in zip(resource.module, other.module, strict=False):
        if call[0] != other_call[0]:
            break
        if call != other_call:
            return False
    return True


def _make_resource(entry: Mapping[str, Any], values: Mapping[str, Any], unknown: Mapping[str, Any]) -> Resource:
    calls = tuple((name, key) for name, key in _PATH_PART.findall(entry.get("module_address", "")) if name != "module")
    if not entry.get("module_address") and entry["address"].startswith("module."):
        parts = _PATH_PART.findall(entry["address"])
        calls = tuple(parts[i + 1] for i in range(0, len(parts), 2) if parts[i][0] == "module")
    index = entry.get("index")
    key = "" if index is None else f"[{json.dumps(index)}]"
    return Resource(entry["address"], entry["type"], entry["name"], calls, key, values, unknown)


def _state_resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _state_resources(child)


def _references(expression: Any) -> list[str]:
    """Return the references of an expression, or of all expressions of a block."""
    if isinstance(expression, list):
        return [one for part in expression for one in _references(part)]
    if not isinstance(expression, dict):
        return []
    if "references" in expression:
        return _drop_prefixes(expression["references"])
    return [one for part in expression.values() for one in _references(part)]


def _drop_prefixes(references: list[str]) -> list[str]:
    """Drop references that are a prefix of another, as Terraform lists module.a as well as module.a.arn."""
    return [one for one in references if not any(other.startswith((f"{one}.", f"{one}[")) for other in references)]
