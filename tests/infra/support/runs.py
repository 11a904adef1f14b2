"""Results of `terraform test`, and the rows of docs/generated/evidence.md that its runs claim to prove.

A claim is the comment above a run: `# proves: target/sqs, input/path`, so it is removed together with the run."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dev.evidence import page
from dev.evidence.page import Claim, Row

_CLAIM_PATTERN = re.compile(r"^# proves: *(?P<rows>\S.*)\n(?P<next>.*)", re.MULTILINE)
_RUN_PATTERN = re.compile(r'run "(\w+)" \{')


@dataclass(frozen=True)
class Run:
    """One run of a test file; `file` is relative to the tested folder."""

    file: str
    name: str
    passed: bool


def finished_runs(output: str) -> list[Run]:
    """Return the finished runs in the output of `terraform test -json`."""
    messages = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    runs = [message["test_run"] for message in messages if message["type"] == "test_run"]
    return [Run(run["path"], run["run"], run["status"] == "pass") for run in runs if run.get("progress") == "complete"]


def warnings(output: str) -> list[str]:
    messages = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    return [line["@message"] for line in messages if line.get("diagnostic", {}).get("severity") == "warning"]


def report(output: str) -> str:
    """Return the failures in the output of `terraform test -json` as readable text."""
    messages = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    return "\n".join(
        f"{message['@message']} {message.get('diagnostic', {}).get('detail', '')}".rstrip()
        for message in messages
        if message["type"] in {"diagnostic", "test_summary"} or message.get("test_run", {}).get("status") == "fail"
    )


def proven_claims(folder: Path, name: str, rows: tuple[Row, ...]) -> list[Claim]:
    """Return the claims of the folder's runs, all of which passed; `name` is the folder's path in the repository."""
    return [page.claim(row, "planned", f"{name}/{file}::{run}", rows) for file, run, row in claims(folder)]


def claims(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (file, run, row) for each row of a `# proves:` comment. Raises ValueError if no run follows directly."""
    for file in sorted(folder.glob("tests/*.tftest.hcl")):
        for claim in _CLAIM_PATTERN.finditer(file.read_text()):
            run = _RUN_PATTERN.match(claim["next"])
            if run is None:
                raise ValueError(f"{file}: `{claim[0].splitlines()[0]}` must be directly above a run")
            for row in claim["rows"].split(","):
                yield f"tests/{file.name}", run[1], row.strip()
