"""The versions of a function, and the one that its alias `live` points to: what is invoked."""

import json
from dataclasses import dataclass

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud

ALIAS = "live"
ROLLBACKS = "rollbacks"
"""The parameter that Terraform reads (terraform/pipeline/92_rollbacks.tf)."""


@dataclass(frozen=True)
class Version:
    """`code` is the SHA-256 of its package, as Terraform's source_code_hash."""

    number: int
    code: str
    published: str


@dataclass(frozen=True)
class Versions:
    """The published ones, oldest first. `revision` is the alias's, `code` that of the last deployment."""

    name: str
    published: tuple[Version, ...]
    live: int
    revision: str
    code: str

    def before(self) -> int:
        """The version before the one that is live. Raises UserError when there is none."""
        older = [one.number for one in self.published if one.number < self.live]
        if not older:
            raise UserError(f"{self.name} runs version {self.live}, and there is none before it.")
        return older[-1]

    def check(self, number: int) -> None:
        """Raises UserError when it is not published."""
        known = [str(one.number) for one in self.published]
        if str(number) not in known:
            raise UserError(f"--to must be a version of {self.name}: {', '.join(known)}; got {number}.")


def read(cloud: Cloud, function: str) -> Versions:
    """`function` is its directory's name, or its name in AWS. Raises UserError when there is none."""
    client = cloud.client("lambda")
    name = _name(cloud, function)
    try:
        alias = client.get_alias(FunctionName=name, Name=ALIAS)
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        found = {one["Version"]: one for page in pages for one in page["Versions"]}
    except client.exceptions.ResourceNotFoundException:
        raise UserError(f"There is no function {name} with an alias {ALIAS} in {cloud.environment}.") from None
    deployed = found.pop("$LATEST")
    published = [Version(int(number), one["CodeSha256"], one["LastModified"]) for number, one in found.items()]
    return Versions(
        name,
        tuple(sorted(published, key=lambda one: one.number)),
        int(alias["FunctionVersion"]),
        alias["RevisionId"],
        deployed["CodeSha256"],
    )


def move(cloud: Cloud, versions: Versions, number: int) -> None:
    """Let the alias point to that version, and the next apply leave it there until the code is another one.

    Terraform is told first: after an interruption in between, the next apply does the rest.
    """
    rollbacks = json.loads(cloud.parameter(ROLLBACKS))
    role = versions.name.removeprefix(f"{cloud.prefix}-")
    rollbacks.pop(role, None)
    if number != versions.published[-1].number:
        rollbacks[role] = {"version": str(number), "instead_of": versions.code}
    name, value = f"/{cloud.project}/{cloud.environment}/{ROLLBACKS}", json.dumps(rollbacks, sort_keys=True)
    cloud.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    # With its revision, so that a deployment that went on meanwhile is not undone unseen; all calls, also in a canary.
    cloud.client("lambda").update_alias(
        FunctionName=versions.name,
        Name=ALIAS,
        FunctionVersion=str(number),
        RevisionId=versions.revision,
        RoutingConfig={"AdditionalVersionWeights": {}},
    )


def _name(cloud: Cloud, function: str) -> str:
    return function if function.startswith(f"{cloud.prefix}-") else f"{cloud.prefix}-{function}"
