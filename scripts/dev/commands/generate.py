"""`orderflow-dev generate`: updates or lists the generated files that are out of date."""

import argparse
from pathlib import Path

from dev.evidence import page as evidence
from dev.generate import module_pages, transitions
from dev.generate.contracts import files as contracts
from dev.generate.contracts.subset import SchemaError
from orderflow_cli import ROOT, UserError, console

HELP = "Update the generated files that are out of date; with --check, only list them and exit 1 if there are any."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only list the files that differ")


def run(args: argparse.Namespace) -> int:
    files_to_update = outdated_files(ROOT)
    for path, text in files_to_update.items():
        if args.check:
            reason = "has no source" if text is None else "is out of date"
            console.warn(f"{path} {reason}. Run `make generate` and commit the result.")
        else:
            write(ROOT / path, text)
            console.say(f"  {'removed' if text is None else 'wrote'} {path}")
    # The evidence page depends on test results; `make test` compares it with them.
    if not args.check and evidence.is_complete() and evidence.is_outdated():
        evidence.write()
        console.say(f"  wrote {evidence.PAGE.relative_to(ROOT)}")
    return 1 if args.check and files_to_update else 0


TRANSITIONS_FILE = Path("docs/generated/transitions.md")


def expected_files(root: Path = ROOT) -> dict[Path, str]:
    """Return the generated files' content by path below `root`. Raises UserError, which names the invalid source."""
    try:
        contract_files = contracts.generated_files(root)
    except SchemaError as error:
        raise UserError(f"{contracts.CONTRACTS_FOLDER}: {error}") from None
    return {**contract_files, **module_pages.pages(root), TRANSITIONS_FILE: transitions.page()}


def outdated_files(root: Path = ROOT) -> dict[Path, str | None]:
    """Return the outdated files with their expected content, which is None for a file without a source."""
    expected_texts = expected_files(root)
    changed_texts: dict[Path, str | None] = {
        path: text
        for path, text in expected_texts.items()
        if not (root / path).is_file() or (root / path).read_bytes() != text.encode()
    }
    folders = [*root.glob("lambdas/*/generated"), *root.glob("terraform/modules/*/generated")]
    existing_files = {path.relative_to(root) for folder in folders for path in folder.rglob("*") if path.is_file()}
    orphans = {path for path in existing_files - set(expected_texts) if "__pycache__" not in path.parts}
    return dict(sorted({**changed_texts, **dict.fromkeys(orphans)}.items()))


def write(path: Path, text: str | None) -> None:
    """Write the text to the file, or remove the file if `text` is None."""
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
