"""`orderflow-dev words`: checks for words that docs/glossary.md forbids, and for malformed commit subjects."""

import argparse
import re
import subprocess
from collections.abc import Iterator

from orderflow_cli import ROOT, console

HELP = "Check tracked files for words forbidden by docs/glossary.md, and the format of the branch's commit subjects."
GLOSSARY = ROOT / "docs" / "glossary.md"
# Third-party, generated and binary files, and those that list forbidden words.
EXCLUDED_FILE_PATTERN = re.compile(
    r"^(requirements/|docs/glossary\.md$)|(^|/)(generated|vendor)/|\.(zip|png|webp)$|(^|/)(test_)?words\.py$|\.lock\.hcl$"
)
SUBJECT_PATTERN = re.compile(r"[a-z0-9][a-z0-9_./, -]*: \S.*")
MAX_SUBJECT_LENGTH = 72


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", default="origin/main", metavar="REV", help="check the commits after this revision")


def run(args: argparse.Namespace) -> int:
    problems = [*forbidden_uses(), *malformed_subjects(args.since)]
    for problem in problems:
        console.say(problem)
    return 1 if problems else 0


def forbidden_words() -> dict[re.Pattern[str], str]:
    """Return the replacement of each forbidden word, keyed by the pattern that finds the word."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.compile(rf"(?<![\w-])(?:{word})(?![\w-])", re.IGNORECASE): replacement
        for replacement, words_cell in rows
        for word in re.findall(r"`([^`]+)`", words_cell)
    }


def forbidden_uses() -> Iterator[str]:
    """Yield a line such as `file:line: say fix, repair; got mend` for each use of a forbidden word."""
    replacements = forbidden_words()
    for name in _run_git("ls-files").split("\n"):
        file = ROOT / name
        if not name or EXCLUDED_FILE_PATTERN.search(name) or not file.is_file():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for pattern, replacement in replacements.items():
                if match := pattern.search(line):
                    yield f"{name}:{number}: say {replacement}; got {match[0]}"


def malformed_subjects(since: str) -> Iterator[str]:
    """Yield a line for each commit after `since` with a malformed or long subject; nothing if `since` is unknown."""
    for line in _run_git("log", "--no-merges", "--format=%h %s", f"{since}..HEAD").splitlines():
        commit, _, subject = line.partition(" ")
        if len(subject) > MAX_SUBJECT_LENGTH:
            yield f"commit {commit}: a subject must have at most {MAX_SUBJECT_LENGTH} characters; got {subject}"
        elif not SUBJECT_PATTERN.fullmatch(subject):
            yield f"commit {commit}: a subject must be `scope: imperative`; got {subject}"


def _run_git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False).stdout
