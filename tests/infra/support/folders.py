"""Finds the folders that contain Terraform, so that tests cover each new module and root."""

from pathlib import Path

from orderflow_cli import ROOT

TERRAFORM = ROOT / "terraform"
ENVIRONMENTS_FOLDER = TERRAFORM / "environments"


def modules() -> list[Path]:
    """Return the folders of the reusable modules."""
    return _terraform_folders(TERRAFORM / "modules")


def environments() -> list[Path]:
    """Return the root of each environment."""
    return _terraform_folders(ENVIRONMENTS_FOLDER)


def all_folders() -> list[Path]:
    """Return the modules, the pipeline, bootstrap, the environments and the roots in examples/."""
    return [
        *modules(),
        TERRAFORM / "pipeline",
        TERRAFORM / "bootstrap",
        *environments(),
        *_terraform_folders(ROOT / "examples"),
    ]


def relative_name(folder: Path) -> str:
    """Return the folder's path in the repository, used as a test id."""
    return str(folder.relative_to(ROOT))


def _terraform_folders(parent: Path) -> list[Path]:
    return sorted(folder for folder in parent.glob("*") if folder.is_dir() and any(folder.glob("*.tf")))
