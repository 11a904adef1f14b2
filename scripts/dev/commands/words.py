"""`orderflow-dev words`: words that docs/glossary.md refuses, and commit subjects that are not of the agreed form."""

import argparse
import re
import subprocess
from collections.abc import Iterator

from orderflow_cli import ROOT, console

HELP = "Check the words of docs/glossary.md in every file, and the subjects of the branch's commits."
GLOSSARY = ROOT / "docs" / "glossary.md"
# Written by others or by programs, and the glossary itself, which names what it refuses.
LEFT_OUT = re.compile(
    r"^(requirements/|docs/glossary\.md$)|(^|/)(generated|vendor)/|\.(zip|png|webp)$|(^|/)(test_)?words\.py$|\.lock\.hcl$"
)
SUBJECT = re.compile(r"[a-z0-9][a-z0-9_./, -]*: \S.*")
LONGEST_SUBJECT = 72


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", default="origin/main", metavar="REV", help="check the commits after this one")


def run(args: argparse.Namespace) -> int:
    problems = [*words(), *subjects(args.since)]
    for problem in problems:
        console.say(problem)
    return 1 if problems else 0


def refused() -> dict[re.Pattern[str], str]:
    """What to say instead, by what is refused."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.compile(rf"(?<![\w-])(?:{word})(?![\w-])", re.IGNORECASE): instead
        for instead, cell in rows
        for word in re.findall(r"`([^`]+)`", cell)
    }


def words() -> Iterator[str]:
    """`file:line: say fix, repair; got mend`"""
    rules = refused()
    for name in _git("ls-files").split("\n"):
        file = ROOT / name
        if not name or LEFT_OUT.search(name) or not file.is_file():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for rule, instead in rules.items():
                if found := rule.search(line):
                    yield f"{name}:{number}: say {instead}; got {found[0]}"


def subjects(since: str) -> Iterator[str]:
    """Commits whose subject is not `scope: imperative` in 72 characters; none where there is no such revision."""
    for line in _git("log", "--no-merges", "--format=%h %s", f"{since}..HEAD").splitlines():
        short, _, subject = line.partition(" ")
        if len(subject) > LONGEST_SUBJECT:
            yield f"commit {short}: a subject has at most {LONGEST_SUBJECT} characters; got {len(subject)}: {subject}"
        elif not SUBJECT.fullmatch(subject):
            yield f"commit {short}: a subject is `scope: imperative`; got {subject}"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False).stdout
