"""Which folders hold Terraform: found, not listed, so that a new module or root is tested without being named."""

from pathlib import Path

from orderflow_cli import ROOT

TERRAFORM = ROOT / "terraform"
ENVIRONMENTS = TERRAFORM / "environments"


def modules() -> list[Path]:
    """The reusable modules."""
    return _with_configuration(TERRAFORM / "modules")


def environments() -> list[Path]:
    """The root of each environment."""
    return _with_configuration(ENVIRONMENTS)


def every_folder() -> list[Path]:
    """Modules, the pipeline and all roots, those of the examples too."""
    return [
        *modules(),
        TERRAFORM / "pipeline",
        TERRAFORM / "bootstrap",
        *environments(),
        *_with_configuration(ROOT / "examples"),
    ]


def name_of(folder: Path) -> str:
    """How a test run calls the folder."""
    return str(folder.relative_to(ROOT))


def _with_configuration(parent: Path) -> list[Path]:
    return sorted(folder for folder in parent.glob("*") if folder.is_dir() and any(folder.glob("*.tf")))
