"""`clean` removes generated files, but neither tracked ones nor the state of terraform/bootstrap."""

import shutil
import subprocess
from pathlib import Path

from orderflow_cli import ROOT
from orderflow_cli.commands import clean

GENERATED_FILES = (
    ".venv/bin/python", ".venv-checkov/x", ".tools/terraform/1.11.4/terraform", ".local/ministack/ministack.log",
    "dist/recorder.zip", "examples/standalone_consumer/dist/award_points.zip", "reports/unit.xml", ".mypy_cache/x",
    "terraform/modules/queue/.terraform/modules.json", "terraform/modules/queue/.terraform.lock.hcl",
    "terraform/environments/local/terraform.tfstate", "lambdas/recorder/__pycache__/a.pyc",
)  # fmt: skip
KEPT_FILES = (
    "terraform/.terraform.lock.hcl", "terraform/modules/queue/main.tf", "lambdas/recorder/handler.py",
    "terraform/bootstrap/terraform.tfstate", "terraform/bootstrap/terraform.tfstate.backup", "Makefile", "notes.txt",
)  # fmt: skip


def test_clean_removes_generated_files_except_the_state_of_bootstrap(tmp_path: Path) -> None:
    for name in (*GENERATED_FILES, *KEPT_FILES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    for path in list(clean.generated_paths(tmp_path)):
        clean.remove(path)

    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == set(KEPT_FILES)


def test_every_generated_file_is_ignored_by_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)

    command = ["git", "check-ignore", "--no-index", *GENERATED_FILES]
    assert subprocess.check_output(command, cwd=tmp_path, text=True).split() == list(GENERATED_FILES)
