"""`orderflow-dev coverage`: what proves each source, rule, target and protocol, from the last results of every tier."""

import argparse

from dev import tiers
from dev.evidence import page as coverage_page
from dev.evidence import rows as coverage
from dev.evidence.rows import PROOFS, Verdict
from orderflow_cli import UserError, console

HELP = "Show what proves each source, rule, target and protocol, or write docs/coverage.md from the last results."
WAY_OUT = "run `make test`, then `scripts/orderflow-dev coverage generate`, and commit docs/coverage.md"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action")
    actions.add_parser("show", help="one line per row (what it does without an action)")
    actions.add_parser("generate", help="write docs/coverage.md")
    actions.add_parser("check", help="exit 1 when a row is not proven or docs/coverage.md differs, and say which")


def run(args: argparse.Namespace) -> int:
    missing = [tier.name for tier in tiers.TIERS if not (tiers.REPORTS / f"{tier.name}.xml").exists()]
    if missing:
        raise UserError(f"There is no result of {', '.join(missing)}; `make test` runs every tier.")
    found = last()
    if args.action == "generate":
        coverage_page.PAGE.write_text(coverage_page.text(found))
        console.say("  wrote docs/coverage.md")
    elif args.action != "check":
        _show(found)
    problems = failures(found) if args.action == "check" else unproven(found)
    for problem in problems:
        console.warn(problem)
    return 1 if problems else 0


def last() -> list[Verdict]:
    """The verdicts from the reports that the tiers left; a tier without one has proven nothing."""
    reports = [tiers.REPORTS / f"{tier.name}.xml" for tier in tiers.TIERS]
    return coverage.verdicts(coverage.rows(), coverage.passed_claims(reports))


def failures(found: list[Verdict]) -> list[str]:
    """One sentence for each row without its proof, or one for a page that is not what the results say."""
    problems = unproven(found)
    page = coverage_page.PAGE
    if not problems and (not page.exists() or page.read_text() != coverage_page.text(found)):
        problems = [f"docs/coverage.md is not what the results of the tests say: {WAY_OUT}"]
    return problems


def unproven(found: list[Verdict]) -> list[str]:
    return [_sentence(verdict) for verdict in found if not verdict.proven]


def _sentence(verdict: Verdict) -> str:
    row, best = verdict.row, verdict.best
    needed = f"{row.id} is not proven: it needs a passing test that proves it as {row.needs!r}"
    return f"{needed}, and has none" if best is None else f"{needed}; {best.test} proves it as {best.proof!r} only"


def _show(found: list[Verdict]) -> None:
    rows = [
        (verdict.row.id, PROOFS[verdict.best.proof] if verdict.best and verdict.proven else "not proven",
         verdict.best.test if verdict.best else "")
        for verdict in found
    ]  # fmt: skip
    console.table("What is proven", ("row", "proof", "test"), rows)
    console.say(f"{sum(verdict.proven for verdict in found)} of {len(found)} rows are proven")
