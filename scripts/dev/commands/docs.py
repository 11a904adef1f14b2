"""`orderflow-dev docs`: the pages of the modules' inputs and outputs, which follow from their code."""

import argparse

from dev.generate import module_pages
from orderflow_cli import ROOT, console

HELP = "Write the pages of the modules' inputs and outputs, or check them."


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    actions.add_parser("generate", help="write every page that differs")
    actions.add_parser("check", help="exit 1 if a page differs, and name it")


def run(args: argparse.Namespace) -> int:
    pages = module_pages.pages().items()
    different = {file: text for file, text in pages if not file.exists() or file.read_text() != text}
    for file, text in different.items():
        name = file.relative_to(ROOT)
        if args.action == "generate":
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            console.say(f"  wrote {name}")
        else:
            console.warn(f"{name} is not what the module's code says: run `orderflow-dev docs generate` and commit it")
    if not different:
        console.say("every module's page is up to date")
    return 1 if different and args.action == "check" else 0
