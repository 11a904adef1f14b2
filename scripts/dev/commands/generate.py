"""`orderflow-dev generate`: writes every file that is generated from sources, or says which differ."""

import argparse

from dev.evidence import page as evidence
from dev.generate import everything
from orderflow_cli import ROOT, console

HELP = "Write every file that is generated; with --check write none and exit 1 if one differs from its sources."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only name the files that differ")


def run(args: argparse.Namespace) -> int:
    different = everything.differences(ROOT)
    for path, text in different.items():
        if args.check:
            reason = "follows from no source" if text is None else "is not what its source says"
            console.warn(f"{path} {reason}: run `make generate` and commit the result")
        else:
            everything.write(ROOT / path, text)
            console.say(f"  {'removed' if text is None else 'wrote'} {path}")
    # What is proven is known from results only; `make test` compares the page with them.
    if not args.check and evidence.is_complete() and evidence.differs():
        evidence.write()
        console.say(f"  wrote {evidence.PAGE.relative_to(ROOT)}")
    return 1 if args.check and different else 0
