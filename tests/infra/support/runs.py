"""What each run of a folder's `terraform test` came to, and which rows of docs/generated/evidence.md it says it proves.

The claim is a line above the run: `# proves: target/sqs, input/path`. A run that is removed takes its claim along."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dev.evidence import page
from dev.evidence.page import Claim, Row

_CLAIM = re.compile(r"^# proves: *(?P<rows>\S.*)\n(?P<next>.*)", re.MULTILINE)
_RUN = re.compile(r'run "(\w+)" \{')


@dataclass(frozen=True)
class Run:
    """`file` is relative to the folder that was tested."""

    file: str
    name: str
    passed: bool


def runs(output: str) -> list[Run]:
    """The finished runs in the output of `terraform test -json`."""
    messages = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    finished = [message["test_run"] for message in messages if message["type"] == "test_run"]
    return [
        Run(run["path"], run["run"], run["status"] == "pass") for run in finished if run.get("progress") == "complete"
    ]


def warnings(output: str) -> list[str]:
    messages = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    return [one["@message"] for one in messages if one.get("diagnostic", {}).get("severity") == "warning"]


def report(output: str) -> str:
    """The output of `terraform test -json` as text for a person: what failed, and why."""
    messages = (json.loads(line) for line in output.splitlines() if line.startswith("{"))
    return "\n".join(
        f"{message['@message']} {message.get('diagnostic', {}).get('detail', '')}".rstrip()
        for message in messages
        if message["type"] in {"diagnostic", "test_summary"} or message.get("test_run", {}).get("status") == "fail"
    )


def proven(folder: Path, name: str, known: tuple[Row, ...]) -> list[Claim]:
    """The claims of the folder's runs, which have all passed; `name` is its path in the repository."""
    return [page.claim(row, "planned", f"{name}/{file}::{run}", known) for file, run, row in claims(folder)]


def claims(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(file, run, row) of every claim in the folder's test files. Raises ValueError for a claim above no run."""
    for file in sorted(folder.glob("tests/*.tftest.hcl")):
        for found in _CLAIM.finditer(file.read_text()):
            run = _RUN.match(found["next"])
            if run is None:
                raise ValueError(f"{file}: `{found[0].splitlines()[0]}` must stand directly above a run")
            for row in found["rows"].split(","):
                yield f"tests/{file.name}", run[1], row.strip()
