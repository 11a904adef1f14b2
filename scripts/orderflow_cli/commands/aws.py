"""`orderflow aws -- ...`: runs the AWS CLI against an environment, translating the runbooks' resource names."""

import argparse
import os
import re
import shutil
from pathlib import Path

from orderflow_cli import UserError
from orderflow_cli.environments import add_environment_options, connect
from orderflow_cli.toolchain.processes import run_in_foreground

HELP = "Run the AWS CLI against the local cloud or another environment: `orderflow aws -- sqs list-queues`."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The runbooks' resource names (orderflow-prod-relay) are translated to the environment's."
    add_environment_options(parser)


def run(args: argparse.Namespace) -> int:
    program = shutil.which("aws")
    if program is None:
        raise UserError("The AWS CLI is not on PATH; install it (`uv tool install awscli`, or your package manager).")
    if not args.rest:
        raise UserError("Put the AWS CLI's arguments after two dashes: `orderflow aws -- sqs list-queues`.")
    local_cloud = connect(args.environment).local
    environment = local_cloud.env() if local_cloud else os.environ
    options = ["--output", "json"] if args.json else []
    if local_cloud:
        options += ["--endpoint-url", local_cloud.endpoint]  # without it, AWS CLI 1 calls SQS on the internet
    command = [program, *translate_names(args.rest, args.project, args.environment), *options]
    return run_in_foreground(command, cwd=Path.cwd(), env=environment)


def translate_names(arguments: list[str], project: str, environment: str) -> list[str]:
    """Replace the runbooks' resource names (project orderflow, environment prod) with the environment's."""
    return [re.sub(r"\borderflow([-/])prod\b", rf"{project}\g<1>{environment}", argument) for argument in arguments]
