"""A command line whose commands are the modules of a package. Each module has HELP and run(args), and may have
configure(parser) and a message for an interruption by Ctrl-C: INTERRUPTION_MESSAGE or `interruption_message()`."""

import argparse
import ast
import importlib
import os
import pkgutil
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType

from orderflow_cli import UserError, console, explain_file_error
from orderflow_cli.arguments import Parser


@dataclass(frozen=True)
class CommandLine:
    """A program with commands. `order` names those that the help lists first; the package's other modules follow."""

    prog: str
    description: str
    commands: ModuleType
    order: Sequence[str] = ()

    def names(self) -> list[str]:
        """Return the command names: one per module of the package."""
        modules = {module.name for module in pkgutil.iter_modules(self.commands.__path__)}
        return [*(name for name in self.order if name in modules), *sorted(modules.difference(self.order))]

    def build_parser(self, *import_names: str | None) -> argparse.ArgumentParser:
        """Build a parser that lists every command but imports only `import_names`: `down` must not wait for the
        imports of other commands, and the help must not need any package."""
        parser = Parser(prog=self.prog, description=self.description)
        subparsers = parser.add_subparsers(dest="command", metavar="command", required=True)
        for name in self.names():
            if name not in import_names:
                subparsers.add_parser(name, help=self._help(name))
                continue
            module = importlib.import_module(f"{self.commands.__name__}.{name}")
            command = subparsers.add_parser(name, help=module.HELP, description=module.HELP)
            text = getattr(module, "INTERRUPTION_MESSAGE", "interrupted")
            get_message = getattr(module, "interruption_message", lambda text=text: text)
            command.set_defaults(run=module.run, interruption_message=get_message)
            getattr(module, "configure", lambda parser: None)(command)
        return parser

    def _help(self, name: str) -> str:
        """Return the command's HELP without importing its module."""
        texts = [(Path(folder) / f"{name}.py").read_text(encoding="utf-8") for folder in self.commands.__path__]
        values = [ast.literal_eval(text) for text in re.findall(r"^HELP = (.+)$", "\n".join(texts), re.MULTILINE)]
        return str(values[0])

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Run the command that `argv` names; return its exit code, or 1 after a user error and 130 after Ctrl-C."""
        # The launcher sets PYTHONPATH for this process only: a child with another Python must not import from scripts/.
        os.environ.pop("PYTHONPATH", None)
        # boto3 does not read AWS_REGION: https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
        os.environ |= {"AWS_DEFAULT_REGION": region} if (region := os.environ.get("AWS_REGION")) else {}
        arguments, rest = split_at_double_dash(list(sys.argv[1:] if argv is None else argv))
        parser = self.build_parser(arguments[0] if arguments else None)
        if not arguments:
            parser.print_help()
            return 0
        args = parser.parse_args(arguments)
        args.rest = rest
        console.reserve_stdout(enabled=getattr(args, "json", False))
        try:
            return run_command(lambda: int(args.run(args)), args.interruption_message)
        finally:
            console.reserve_stdout(enabled=False)


def run_command(run: Callable[[], int], interruption_message: Callable[[], str] = lambda: "Interrupted.") -> int:
    """Call `run` and return its exit code. A user error (1) and Ctrl-C (130) are reported in a message."""
    try:
        with acknowledge_interrupts():
            return run()
    except UserError as error:
        console.warn(str(error))
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if (user_error := explain_file_error(error)) is None:
            raise
        console.warn(str(user_error))
        return 1
    except KeyboardInterrupt:
        console.warn(interruption_message())
        return 130


@contextmanager
def acknowledge_interrupts() -> Iterator[None]:
    """Acknowledge Ctrl-C immediately, because running work (Terraform, a request) may take a while to stop."""

    def acknowledge(number: int, frame: FrameType | None) -> None:
        # Write to the descriptor, because the signal may have interrupted a print.
        erase = "\r\033[K" if console.is_interactive() else ""
        text = "orderflow: interrupted; stopping (press Ctrl-C again to stop immediately)"
        os.write(2, f"{erase}{console.wrap_to_terminal(text, sys.stderr)}\n".encode())
        signal.signal(signal.SIGINT, signal.default_int_handler)
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGINT, acknowledge)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def split_at_double_dash(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Split the arguments at `--`: those after it become `args.rest`, for the program that the command runs."""
    if "--" not in arguments:
        return arguments, []
    index = arguments.index("--")
    return arguments[:index], arguments[index + 1 :]
