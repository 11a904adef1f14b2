"""`orderflow setup`: installs the virtual environments and Terraform, which are otherwise installed on first use."""

import argparse

from orderflow_cli import console
from orderflow_cli.toolchain import terraform, terraform_binary, venvs

HELP = "Install the virtual environments and Terraform now instead of on first use."
PARTS = [*venvs.venvs(), "terraform"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("part", nargs="*", type=part_name, help=f"only these parts: {', '.join(PARTS)} (default: all)")


def part_name(part: str) -> str:
    if part not in PARTS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(PARTS)}; got {part}")
    return part


def run(args: argparse.Namespace) -> int:
    for part in args.part or PARTS:
        if part == "terraform":
            console.say(f"  terraform: {terraform_binary.find()}; provider: {terraform.provider_source()}")
        else:
            venvs.ensure(part)
    console.say("Setup is complete.")
    return 0
