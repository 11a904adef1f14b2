"""docs/coverage.md: the verdicts as a page. The same results make the same text."""

import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from dev.evidence.rows import PROOFS, Verdict
from orderflow_cli import ROOT

PAGE = ROOT / "docs" / "coverage.md"

_MEANING = {
    "delivered": "On MiniStack, with resources that Terraform made: what was sent arrived.",
    "delivered_elsewhere": "The same on an emulator that delivers what MiniStack does not.",
    "simulated": "The real function was given, on moto, what AWS documents that it gets.",
    "applied": "The AWS provider made it at an emulator and had nothing to change afterwards. Nothing went through it.",
    "planned": "A plan, or an apply with a mocked provider, says what AWS would be asked for. No API was called.",
}
_HEAD = f"""\
# What is proven, and how

Written by `scripts/orderflow-dev coverage generate` from the results of `make test`; do not edit it. The rows stand in
[tests/coverage/rows.toml](../tests/coverage/rows.toml). Each names the best proof among the tests that passed:

| Proof | What happened |
|---|---|
{"\n".join(f"| {name} | {_MEANING[proof]} |" for proof, name in PROOFS.items())}

Nothing here has run on AWS: the last column says what that leaves open.
"""


def text(verdicts: Sequence[Verdict], page: Path = PAGE) -> str:
    """The page; links are relative to where it lies."""
    parts = [_HEAD]
    for group, members in groupby(verdicts, key=lambda verdict: verdict.row.group):
        lines = [_line(verdict, page) for verdict in members]
        parts.append(
            f"\n## {group}\n\n| What | Proof | Test | Not exercised on AWS |\n|---|---|---|---|\n{'\n'.join(lines)}\n"
        )
    return "".join(parts)


def _line(verdict: Verdict, page: Path) -> str:
    row, best = verdict.row, verdict.best
    if best is None or not verdict.proven:
        return f"| {row.what} | **not proven** | | {row.not_on_aws} |"
    return f"| {row.what} | {PROOFS[best.proof]} | {_link(best.test, page)} | {row.not_on_aws} |"


def _link(test: str, page: Path) -> str:
    file, _, name = test.partition("::")
    return f"[{name}]({os.path.relpath(ROOT / file, page.parent)})"
