"""The check of words that the glossary rejects, and of commit subjects."""

import subprocess
from pathlib import Path

import pytest

from dev.commands import words


def git(folder: Path, *arguments: str) -> None:
    author_options = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    subprocess.run(["git", "-C", folder, *author_options, *arguments], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(words, "ROOT", tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first: begin")
    return tmp_path


def test_rejected_word_is_reported_with_its_line_and_replacement(folder: Path) -> None:
    (folder / "page.md").write_text("Fine.\nMending the mender, amended.\n")
    (folder / "generated").mkdir()
    (folder / "generated" / "page.md").write_text("mend\n")
    git(folder, "add", ".")

    assert list(words.forbidden_uses()) == ["page.md:2: say fix, repair; got Mending"]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("relay: publish packs in parallel", ""),
        ("no scope", "`scope: imperative`"),
        (f"relay: {'x' * 66}", "at most 72 characters"),
    ],
)
def test_only_malformed_subjects_are_rejected(folder: Path, subject: str, expected: str) -> None:
    git(folder, "commit", "-q", "--allow-empty", "-m", subject)

    problems = list(words.malformed_subjects("HEAD~1"))

    assert [expected in one for one in problems] == ([True] if expected else [])
