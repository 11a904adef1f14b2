"""`orderflow rollback FUNCTION`: back to the version before, at once and until the code changes."""

import argparse
import json
from dataclasses import asdict

from orderflow_cli import console
from orderflow_cli.arguments import whole_number
from orderflow_cli.environments import LOCAL_ENVIRONMENT, add_environment, as_user_errors, connect, require_write
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.recovery import versions
from orderflow_cli.recovery.versions import Versions

HELP = "Let a function run the version before, until its code changes."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Moves the alias `live`, which everybody invokes, to another published version. An apply keeps it there until "
        "the function's code changes; --to with the newest version ends that: docs/runbooks/roll-back.md. Exit code 0: "
        "that version is live; 1: it is not, the output says why."
    )
    parser.add_argument("function", help="its directory under lambdas/, such as relay")
    parser.add_argument("--to", type=whole_number(), metavar="VERSION", help="this version, older or newer")
    parser.add_argument("--list", action="store_true", help="show its versions; nothing is changed")
    add_environment(parser, writes=True)


def run(args: argparse.Namespace) -> int:
    with as_user_errors():
        cloud = connect(args.environment, args.project)
        found = versions.read(cloud, args.function)
        if args.list:
            _list(found)
        else:
            require_write(args)
            wanted = found.before() if args.to is None else args.to
            found.check(wanted)
            versions.move(cloud, found, wanted)
            if cloud.is_local:
                LocalCloud().changed_by_hand()
            _tell(args, found, wanted)
        if args.json:
            console.data(json.dumps(asdict(versions.read(cloud, args.function))))
    return 0


def _tell(args: argparse.Namespace, found: Versions, wanted: int) -> None:
    newest = found.published[-1].number
    console.say(f"{found.name}: version {found.live} was live, version {wanted} is now.")
    if wanted == newest:
        console.say("It is the newest; the next deployment moves on as always.")
        return
    where = "" if args.environment == LOCAL_ENVIRONMENT else f" --environment {args.environment} --write"
    again = f"orderflow rollback {args.function} --to {newest}{where}"
    console.say(f"An apply keeps it until the function's code changes. `{again}` ends it.")


def _list(found: Versions) -> None:
    rows = [
        (
            str(one.number),
            one.published[:19].replace("T", " "),
            one.code[:12],
            "live" if one.number == found.live else "",
        )
        for one in found.published
    ]
    console.table(f"Versions of {found.name}", ("version", "published (UTC)", "code", ""), rows, right=(0,))
