"""A command line whose commands are the modules of a package: HELP, configure(parser) and run(args) each."""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from orderflow_cli import UserError, console


@dataclass(frozen=True)
class CommandLine:
    """`order` names the commands that the help lists first; the package's other modules follow."""

    prog: str
    description: str
    commands: ModuleType
    order: Sequence[str] = ()

    def names(self) -> list[str]:
        """The commands: one per module of the package."""
        found = {module.name for module in pkgutil.iter_modules(self.commands.__path__)}
        return [*(name for name in self.order if name in found), *sorted(found.difference(self.order))]

    def parser(self, names: Sequence[str]) -> argparse.ArgumentParser:
        """A parser that knows the commands `names`; building one imports the command."""
        parser = argparse.ArgumentParser(prog=self.prog, description=self.description)
        subparsers = parser.add_subparsers(dest="command", metavar="command", required=True)
        for name in names:
            module = importlib.import_module(f"{self.commands.__name__}.{name}")
            command = subparsers.add_parser(name, help=module.HELP, description=module.HELP)
            command.set_defaults(run=module.run)
            module.configure(command)
        return parser

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Run the command that `argv` names; returns 0 (done), 1 (failed) or 130 (interrupted)."""
        # The launcher's, meant for this process: a child with another Python must not import from scripts/.
        os.environ.pop("PYTHONPATH", None)
        arguments, rest = split(list(sys.argv[1:] if argv is None else argv))
        names = self.names()
        # Only the named command is imported: `status` must not wait for what another needs.
        parser = self.parser(arguments[:1] if arguments and arguments[0] in names else names)
        args = parser.parse_args(arguments)
        args.rest = rest
        try:
            return int(args.run(args))
        except UserError as error:
            console.warn(str(error))
            return 1
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except KeyboardInterrupt:
            console.warn("interrupted")
            return 130


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What stands before `--` is for the command; the rest, as `args.rest`, for the program that it runs."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]
