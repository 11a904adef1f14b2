"""`orderflow-dev sbom`: what a release is made of, the commit of each function, and the sums to check it by."""

import argparse

from dev import bill
from orderflow_cli import ROOT, console
from orderflow_cli.build import package

HELP = "Write dist/orderflow.cdx.json (CycloneDX), each function's commit and dist/SHA256SUMS."


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments: a release is all zips."""


def run(args: argparse.Namespace) -> int:
    built = package.build()
    document = bill.write(built)
    sums = bill.write_sums([document, *bill.write_releases(built), *(one.path for one in built)])
    made = bill.load(document)
    packages = sum(component["type"] == "library" for component in made["components"])
    console.say(f"  {document.relative_to(ROOT)}: {packages} packages in {len(built)} zips, commit {bill.commit()}")
    console.say(f"  {sums.relative_to(ROOT)}")
    return 0
