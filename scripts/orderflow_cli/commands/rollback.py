"""`orderflow rollback FUNCTION`: makes an earlier version of a function live until the function's code changes."""

import argparse
import json
import re
from dataclasses import dataclass

from orderflow_cli import UserError, console
from orderflow_cli.arguments import whole_number
from orderflow_cli.environments import ALIAS, Cloud, add_environment_options, connect, convert_aws_errors, require_write
from orderflow_cli.local_cloud.cloud import LocalCloud

HELP = "Roll a function back to an earlier version, which stays live until the function's code changes."
ROLLBACKS_PARAMETER = "rollbacks"
"""Name of the SSM parameter that Terraform reads (terraform/pipeline/92_rollbacks.tf)."""


@dataclass(frozen=True)
class Versions:
    """A function's versions with their publish times, the hash of its latest code, and the revision id of its alias."""

    name: str
    live_version: int
    publish_times: dict[int, str]
    code_hash: str
    revision_id: str

    def choose(self, number: int | None) -> int:
        """Return the requested version, by default the one before the live one. Raises UserError if there is none."""
        if number is None:
            earlier_versions = [version for version in self.publish_times if version < self.live_version]
            if not earlier_versions:
                raise UserError(f"{self.name} runs version {self.live_version}, and has no earlier version.")
            return max(earlier_versions)
        if number not in self.publish_times:
            known_versions_text = ", ".join(map(str, self.publish_times))
            raise UserError(f"--to must be a version of {self.name}: {known_versions_text}; got {number}.")
        return number


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Moves the alias `live`, which all callers invoke, to another published version, which stays live until "
        "the function's code changes; --to with the newest version ends the rollback (docs/runbooks/roll-back.md). "
        "Exit code 0: that version is live; 1: it is not, as the output explains."
    )
    parser.add_argument("function", type=_function_name, help="the function's directory in lambdas/, such as relay")
    parser.add_argument("--to", type=whole_number(), metavar="VERSION", help="version to make live, older or newer")
    parser.add_argument("--list", action="store_true", help="list the versions; nothing is changed")
    add_environment_options(parser, writes=True)


def _function_name(text: str) -> str:
    if not re.fullmatch(r"[\w-]{1,64}", text):
        raise argparse.ArgumentTypeError(f"must be a directory under lambdas/, such as relay; got {text or 'nothing'}")
    return text


def run(args: argparse.Namespace) -> int:
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        versions = read(cloud, args.function)
        if args.list:
            rows = [
                (str(number), publish_time[:19].replace("T", " "), "live" if number == versions.live_version else "")
                for number, publish_time in versions.publish_times.items()
            ]
            console.table(f"Versions of {versions.name}", ("version", "published (UTC)", ""), rows, right=(0,))
        else:
            require_write(args)
            number = versions.choose(args.to)
            move_alias(cloud, versions, number)
            if cloud.is_local:
                LocalCloud().force_refresh_at_next_apply()
            console.say(f"{versions.name}: version {versions.live_version} was live; now version {number} is.")
            if number != (max_version := max(versions.publish_times)):
                console.say(f"Version {number} stays live until a code change; --to {max_version} ends the rollback.")
        if args.json:
            versions = read(cloud, args.function)
            data = {"name": versions.name, "live": versions.live_version, "published": versions.publish_times}
            console.emit(json.dumps(data | {"code": versions.code_hash, "revision": versions.revision_id}))
    return 0


def read(cloud: Cloud, function: str) -> Versions:
    """Read a function's versions, by the name of its directory or its name on AWS. Raises UserError if not found."""
    client, name = cloud.client("lambda"), f"{cloud.prefix}-{function.removeprefix(f'{cloud.prefix}-')}"
    try:
        alias = client.get_alias(FunctionName=name, Name=ALIAS)
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        items = {item["Version"]: item for page in pages for item in page["Versions"]}
    except client.exceptions.ResourceNotFoundException:
        raise UserError(f"{cloud.environment} has no function {name} with an alias {ALIAS}.") from None
    code_hash = items.pop("$LATEST")["CodeSha256"]
    publish_times = {number: items[str(number)]["LastModified"] for number in sorted(map(int, items))}
    return Versions(name, int(alias["FunctionVersion"]), publish_times, code_hash, alias["RevisionId"])


def move_alias(cloud: Cloud, versions: Versions, number: int) -> None:
    """Point the alias to version `number`; Terraform keeps the alias there until the function's code changes.

    The parameter that Terraform reads is written first: after an interruption, the next apply moves the alias."""
    rollbacks = json.loads(cloud.parameter(ROLLBACKS_PARAMETER))
    role = versions.name.removeprefix(f"{cloud.prefix}-")
    rollbacks.pop(role, None)
    if number != max(versions.publish_times):
        rollbacks[role] = {"version": str(number), "instead_of": versions.code_hash}
    name, value = f"/{cloud.project}/{cloud.environment}/{ROLLBACKS_PARAMETER}", json.dumps(rollbacks, sort_keys=True)
    cloud.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    # The revision id prevents undoing a concurrent deployment; empty weights end a canary.
    cloud.client("lambda").update_alias(
        FunctionName=versions.name,
        Name=ALIAS,
        FunctionVersion=str(number),
        RevisionId=versions.revision_id,
        RoutingConfig={"AdditionalVersionWeights": {}},
    )
