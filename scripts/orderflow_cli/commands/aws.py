"""`orderflow aws -- ...`: the AWS CLI against an environment, with the names of the runbooks made its own."""

import argparse
import os
import re
import shutil
from pathlib import Path

from orderflow_cli import UserError
from orderflow_cli.environments import add_environment, connect
from orderflow_cli.toolchain.processes import foreground

HELP = "Run the AWS CLI against the local cloud or another environment: orderflow aws -- sqs list-queues."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Names as the runbooks write them (orderflow-prod-relay) become those of the environment."
    add_environment(parser)


def run(args: argparse.Namespace) -> int:
    program = shutil.which("aws")
    if program is None:
        raise UserError("The AWS CLI is not on PATH; install it (`uv tool install awscli`, or your package manager).")
    if not args.rest:
        raise UserError("Write what the AWS CLI is to do behind two dashes: orderflow aws -- sqs list-queues.")
    local = connect(args.environment).local
    environment = local.env() if local else os.environ
    options = ["--output", "json"] if args.json else []
    if local:
        options += ["--endpoint-url", local.endpoint]  # AWS CLI 1 calls SQS on the internet without it
    command = [program, *named(args.rest, args.project, args.environment), *options]
    return foreground(command, cwd=Path.cwd(), env=environment)


def named(arguments: list[str], project: str, environment: str) -> list[str]:
    """The arguments with the names of the runbooks' environment, prod of orderflow, made those of another one."""
    return [re.sub(r"\borderflow([-/])prod\b", rf"{project}\g<1>{environment}", argument) for argument in arguments]
