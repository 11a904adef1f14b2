"""Generates docs/generated/evidence.md, which says how each feature is proven, and by which test file.

A test claims rows with `@pytest.mark.proves("target/sqs", by="delivered")`, a `terraform test` run with the line
`# proves: target/sqs` above it. A claim counts if a tier's report says that the test or run passed."""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from orderflow_cli import ROOT, UserError

ROWS_FILE = ROOT / "tests" / "evidence.toml"
JUNIT_PROPERTY = "proves"
"""The name of the JUnit property whose value is a claim: proof, row and test name, separated by spaces."""

PROOF_LABELS: Mapping[str, str] = {
    "delivered": "delivered on the local cloud",
    "delivered_by_localemu": "delivered by LocalEmu",
    "simulated": "simulated",
    "applied": "applied by the provider",
    "planned": "`terraform test` or plan only",
}
"""The label of each kind of proof, from the strongest kind to the weakest."""

_FOLDERS = {"delivered": ("tests/e2e/",), "planned": ("tests/infra/", "tests/e2e/", "terraform/", "examples/")}


@dataclass(frozen=True)
class Row:
    """A feature that tests must prove; `required_proof` is the weakest kind of proof that suffices."""

    id: str
    group: str
    feature: str
    required_proof: str
    aws_caveat: str


@dataclass(frozen=True, order=True)
class Claim:
    """A test's claim to prove the feature `row`; `proof` is in PROOF_LABELS, `test` is a node id or `<file>::<run>`."""

    row: str
    proof: str
    test: str

    @property
    def rank(self) -> int:
        return list(PROOF_LABELS).index(self.proof)


@dataclass(frozen=True)
class Verdict:
    """A verdict on a row; `best_claim` is the strongest claim whose test passed, or None if there is no such claim."""

    row: Row
    best_claim: Claim | None

    @property
    def is_proven(self) -> bool:
        return self.best_claim is not None and self.best_claim.rank <= list(PROOF_LABELS).index(self.row.required_proof)


def rows(path: Path = ROWS_FILE) -> tuple[Row, ...]:
    """Return the rows in the order of the file. Raises UserError for an invalid or duplicate row."""
    document = tomllib.loads(path.read_text())
    entries = [(group, {"id": name, **row}) for group, rows in document.items() for name, row in rows.items()]
    parsed_rows = tuple(_row(group, entry) for group, entry in entries)
    duplicates = sorted({row.id for row in parsed_rows if sum(other.id == row.id for other in parsed_rows) > 1})
    if duplicates:
        raise UserError(f"{path.name} has duplicate rows {', '.join(duplicates)}; ids must be unique.")
    return parsed_rows


def _row(group: str, entry: Mapping[str, str]) -> Row:
    try:
        row = Row(group=group, **entry)
    except TypeError as error:
        raise UserError(f"{entry['id']} must have exactly feature, required_proof and aws_caveat: {error}") from None
    if row.required_proof not in PROOF_LABELS:
        raise UserError(f"{row.id} must require one of {', '.join(PROOF_LABELS)}; got {row.required_proof!r}.")
    return row


def claim(row: str, proof: str, test: str, known_rows: Iterable[Row]) -> Claim:
    """Return a claim for one of the `known_rows`. Raises UserError for an unknown row or an invalid proof."""
    if row not in {known_row.id for known_row in known_rows}:
        raise UserError(f"{test} must claim a row of {ROWS_FILE.relative_to(ROOT)}; got {row!r}.")
    if proof not in PROOF_LABELS:
        raise UserError(f"{test}: the proof of {row} must be one of {', '.join(PROOF_LABELS)}; got {proof!r}.")
    if not test.startswith(_FOLDERS.get(proof, "")):
        raise UserError(f"{test}: tests that prove {row} as {proof!r} must be in {' or '.join(_FOLDERS[proof])}.")
    return Claim(row, proof, test)


def junit_property(claim: Claim) -> tuple[str, str]:
    """Return the claim as an entry of pytest's `user_properties`."""
    return JUNIT_PROPERTY, f"{claim.proof} {claim.row} {claim.test}"


def passed_claims(reports: Iterable[Path]) -> list[Claim]:
    """Return the claims of passed tests from JUnit files; a missing file counts as empty."""
    return sorted({claim for report in reports if report.exists() for claim in _claims(report)})


def _claims(report: Path) -> Iterator[Claim]:
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - written by pytest
        if any(case.find(name) is not None for name in ("failure", "error", "skipped")):
            continue
        for entry in case.iterfind("properties/property"):
            if entry.get("name") == JUNIT_PROPERTY:
                proof, row, test = entry.get("value", "").split(" ", 2)
                yield Claim(row, proof, test)


def evaluate_claims(known_rows: Sequence[Row], claims: Iterable[Claim]) -> list[Verdict]:
    """Return a verdict on each row with the row's strongest claim; of equally strong claims, the first by test name."""
    row_claims: dict[str, list[Claim]] = {row.id: [] for row in known_rows}
    for claim in claims:
        if claim.row in row_claims:
            row_claims[claim.row].append(claim)
    return [Verdict(row, min(row_claims[row.id], key=lambda c: (c.rank, c.test), default=None)) for row in known_rows]


PAGE = ROOT / "docs" / "generated" / "evidence.md"
REPORTS = ROOT / "reports"
TIERS = ("unit", "integration", "infra", "faults", "e2e")
"""Each tier writes a JUnit report named after it."""

_MEANINGS = {
    "delivered": "On MiniStack, with resources created by Terraform, a message arrived at its destination.",
    "delivered_by_localemu": "A message that MiniStack does not deliver arrived at its destination on LocalEmu.",
    "simulated": "The function's own code, without AWS, handled input in the format that AWS documents.",
    "applied": "The AWS provider created the resource in an emulator and then planned no change. No message was sent.",
    "planned": "A plan, or an apply with a mocked provider, showed what Terraform would create. No AWS API was called.",
}
_HEADER = f"""\
# What is proven, and how

Generated by `make generate` from the results of `make test`. The rows come from
[tests/evidence.toml](../../tests/evidence.toml). Each row names the strongest proof among the tests that passed:

| Proof | What happened |
|---|---|
{"\n".join(f"| {name} | {_MEANINGS[proof]} |" for proof, name in PROOF_LABELS.items())}

Nothing here has run on AWS: the last column says what that leaves open.
"""


def verdicts() -> list[Verdict]:
    """Return the verdicts from the tiers' reports; a tier without a report proves nothing."""
    return evaluate_claims(rows(), passed_claims(_report_file(tier) for tier in TIERS))


def problems() -> list[str]:
    """Return a sentence for each unproven row or, if all are proven, one sentence if the page is out of date."""
    unproven_row_messages = [_unproven_row_message(verdict) for verdict in verdicts() if not verdict.is_proven]
    message = f"{PAGE.relative_to(ROOT)} is out of date: run `make generate` and commit it"
    return unproven_row_messages or ([message] if is_outdated() else [])


def is_complete() -> bool:
    """Return whether every tier has a report."""
    return all(_report_file(tier).exists() for tier in TIERS)


def is_outdated() -> bool:
    return not PAGE.exists() or PAGE.read_text() != page_text(verdicts())


def write() -> None:
    """Write the page from the tiers' reports."""
    PAGE.write_text(page_text(verdicts()))


def page_text(row_verdicts: Sequence[Verdict]) -> str:
    parts = [_HEADER]
    for group, members in groupby(row_verdicts, key=lambda verdict: verdict.row.group):
        lines = "\n".join(map(_line, members))
        parts.append(f"\n## {group}\n\n| Feature | Proof | Tests | Not tested on AWS |\n|---|---|---|---|\n{lines}\n")
    return "".join(parts)


def _report_file(tier: str) -> Path:
    return REPORTS / f"{tier}.xml"


def _unproven_row_message(verdict: Verdict) -> str:
    row, claim = verdict.row, verdict.best_claim
    rule = f"{row.id} must have a passing test that proves it as {row.required_proof!r}"
    return f"{rule}; got none" if claim is None else f"{rule}; {claim.test} proves it as {claim.proof!r} only"


def _line(verdict: Verdict) -> str:
    row, claim = verdict.row, verdict.best_claim
    if claim is None or not verdict.is_proven:
        return f"| {row.feature} | **not proven** | | {row.aws_caveat} |"
    file = claim.test.partition("::")[0]
    link = f"[{file}]({os.path.relpath(ROOT / file, PAGE.parent)})"
    return f"| {row.feature} | {PROOF_LABELS[claim.proof]} | {link} | {row.aws_caveat} |"
