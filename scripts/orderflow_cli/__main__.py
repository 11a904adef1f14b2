"""Entry point: finds the command, runs it, and turns its end into an exit code (0 done, 1 failed, 2 wrong usage)."""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

from orderflow_cli import Problem, commands, console

# The order of the help; a module in commands/ that is not named here comes after them.
ORDER = (
    "demo",
    "trace",
    "up",
    "down",
    "status",
    "redrive",
    "replay",
    "stream",
    "test",
    "package",
    "contracts",
    "docs",
    "terraform",
)
LAST = ("setup", "lock", "fmt", "clean")


def load(name: str) -> ModuleType:
    return importlib.import_module(f"orderflow_cli.commands.{name}")


def available() -> list[str]:
    """The commands: one per module in commands/."""
    found = {module.name for module in pkgutil.iter_modules(commands.__path__)}
    first = [name for name in ORDER if name in found]
    last = [name for name in LAST if name in found]
    return [*first, *sorted(found.difference(first, last)), *last]


def parser_for(names: Sequence[str]) -> argparse.ArgumentParser:
    """A parser that knows the commands `names`; building one imports the command."""
    parser = argparse.ArgumentParser(prog="orderflow", description="Build, run, test and operate Orderflow.")
    subparsers = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name in names:
        module = load(name)
        command = subparsers.add_parser(name, help=module.HELP, description=module.HELP)
        command.set_defaults(run=module.run)
        module.configure(command)
    return parser


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What stands before `--` is for the command; the rest, as `args.rest`, for the program that it runs."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def main(argv: Sequence[str] | None = None) -> int:
    # The launcher's, meant for this process: a child with another Python must not import from scripts/.
    os.environ.pop("PYTHONPATH", None)
    arguments, rest = split(list(sys.argv[1:] if argv is None else argv))
    names = available()
    # Only the named command is imported: `status` must not wait for what `test` needs.
    parser = parser_for(arguments[:1] if arguments and arguments[0] in names else names)
    args = parser.parse_args(arguments)
    args.rest = rest
    try:
        return int(args.run(args))
    except Problem as problem:
        console.warn(str(problem))
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        console.warn("interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())
