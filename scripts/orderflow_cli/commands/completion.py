"""`orderflow completion`: prints the completion script for a shell."""

import argparse

from orderflow_cli import commands, console
from orderflow_cli.cli import CommandLine

HELP = 'Print the completion script for a shell: eval "$(orderflow completion bash)".'


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def run(args: argparse.Namespace) -> int:
    import shtab

    command_line = CommandLine("orderflow", "Run and operate Orderflow.", commands)
    console.emit(shtab.complete(command_line.build_parser(*command_line.names()), shell=args.shell))
    return 0
