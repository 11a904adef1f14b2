"""`orderflow-dev test [tier ...]`: every check and tier, what they prove, and one table of what came out.

A tier that mostly waits begins first and runs beside the others, which keep the processors busy."""

import argparse
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from dev import checks, tiers
from dev.commands import coverage
from dev.tiers import Result, Tier
from orderflow_cli import console

HELP = "Run lint, types, drift checks and all tiers of tests; exit 1 if anything fails or is not proven."
GROUPS = ("lint", "types", "drift")
NAMES = (*GROUPS, *(tier.name for tier in tiers.TIERS))


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "orderflow-dev test [tier ...] [-- pytest arguments]"
    parser.add_argument("tier", nargs="*", type=known, help=f"only these: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--stop", action="store_true", help="stop after the first tier that fails")


def known(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(NAMES)}; got {name}")
    return name


def run(args: argparse.Namespace) -> int:
    chosen = [name for name in NAMES if name in (args.tier or NAMES)]
    results: list[Result] = []
    with ThreadPoolExecutor() as pool:
        beside = {
            tier.name: pool.submit(_beside, tier, args.rest)
            for tier in tiers.TIERS
            if tier.beside and tier.name in chosen and len(chosen) > 1 and not args.stop
        }
        for name in chosen:
            if name not in beside and not (args.stop and any(result.failed for result in results)):
                results.append(_group(name) if name in GROUPS else _tier(name, args.rest))
        results += [_awaited(name, running) for name, running in beside.items()]
    if len(results) == len(NAMES) and not args.rest:
        results.append(_coverage())
    _summary(results)
    return 1 if any(result.failed for result in results) else 0


def _group(name: str) -> Result:
    console.say(f"\n{name}")
    found = {"lint": checks.LINT, "types": checks.TYPES, "drift": checks.DRIFT}[name]
    result = Result(name, remark="" if found else "nothing is generated yet")
    for check in found:
        with console.step(check.name) as progress:
            outcome = checks.run(check)
            progress.failed = not outcome.passed
            progress.detail = "" if outcome.passed else check.way_out
        if outcome.passed:
            result.passed += 1
        else:
            result.failed += 1
            console.say(outcome.output)
        result.seconds += outcome.seconds
    return result


def _tier(name: str, arguments: Sequence[str]) -> Result:
    tier = next(tier for tier in tiers.TIERS if tier.name == name)
    if not tier.folder.is_dir():
        return Result(name, remark="this tier is not written yet")
    console.say(f"\n{name}: {tier.what}")
    return tiers.run(tier, arguments)


def _beside(tier: Tier, arguments: Sequence[str]) -> Result:
    tiers.REPORTS.mkdir(exist_ok=True)
    with tier.output.open("wb") as output:
        return tiers.run(tier, arguments, output)


def _awaited(name: str, running: "Future[Result]") -> Result:
    tier = next(tier for tier in tiers.TIERS if tier.name == name)
    console.say(f"\n{name}: {tier.what}")
    with console.step(f"waiting for it: begun first, says what it does in {tier.output.name}"):
        result = running.result()
    console.say(tier.output.read_text(errors="replace"))
    return result


def _coverage() -> Result:
    """Every row of docs/coverage.md against what the tiers have just proven."""
    console.say("\ncoverage: what proves each source, rule, target and protocol")
    found = coverage.last()
    problems = coverage.failures(found)
    for problem in problems:
        console.say(f"  ✗ {problem}")
    return Result("coverage", passed=sum(verdict.proven for verdict in found), failed=len(problems))


def _summary(results: Sequence[Result]) -> None:
    columns = ("tier", "passed", "failed", "skipped", "time", "")
    rows = [
        (
            result.name,
            str(result.passed),
            str(result.failed),
            str(len(result.skips)),
            console.duration(result.seconds),
            result.remark,
        )
        for result in results
    ]
    console.say()
    console.table("Tests by tier", columns, rows, right=(1, 2, 3, 4))
    for result in results:
        for test, reason in result.skips:
            console.say(f"  skipped in {result.name}: {test}: {reason}")
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    console.say(f"{passed} passed, {failed} failed, {sum(len(result.skips) for result in results)} skipped")
