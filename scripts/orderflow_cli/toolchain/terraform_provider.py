"""Chooses the provider's source: a filesystem mirror if this machine has one, else the registry.

The mirror's path is written to a CLI configuration file in this clone, which replaces the user's for these runs, so no
path of this machine gets into a tracked file."""

import functools
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orderflow_cli import LOCAL_FOLDER, ROOT
from orderflow_cli.toolchain.terraform_binary import current_platform

LOCK_FILE = ROOT / "terraform" / ".terraform.lock.hcl"
LOCAL_TERRAFORM_FOLDER = LOCAL_FOLDER / "terraform"
_LOCKED_PROVIDER = re.compile(r'provider "([^"]+)" \{\s*version\s*=\s*"([^"]+)"')


@dataclass(frozen=True)
class Source:
    """The provider's source, and the environment variables that make Terraform use it."""

    description: str
    variables: dict[str, str]
    is_mirror: bool


def locked_providers(lock_file: Path = LOCK_FILE) -> dict[str, str]:
    """Return the locked versions by provider address."""
    return dict(_LOCKED_PROVIDER.findall(lock_file.read_text()))


def default_mirror_folders() -> list[Path]:
    """Return Terraform's implied mirror folders, then every folder directly under /opt."""
    home = Path.home()
    data_folders = [os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")]
    data_folders += [*(os.environ.get("XDG_DATA_DIRS") or "").split(os.pathsep), "/usr/local/share", "/usr/share"]
    folders = [home / ".terraform.d" / "plugins", home / "Library" / "Application Support" / "io.terraform" / "plugins"]
    folders += [Path(folder) / "terraform" / "plugins" for folder in data_folders if folder]
    opt = Path("/opt")
    folders += sorted(folder for folder in opt.iterdir() if folder.is_dir()) if opt.is_dir() else []
    return list(dict.fromkeys(folders))


def has_provider(folder: Path, address: str, version: str, platform: str) -> bool:
    """Return whether a mirror folder has the provider, unpacked or packed (the two layouts that Terraform reads)."""
    base = folder / address
    archive = f"terraform-provider-{address.rsplit('/', 1)[1]}_{version}_{platform}.zip"
    return (base / version / platform).is_dir() or (base / archive).is_file()


def find_mirror(folders: Iterable[Path], providers: dict[str, str], platform: str) -> Path | None:
    """Return the first folder that has every locked provider for the platform."""
    for folder in folders:
        if all(has_provider(folder, address, version, platform) for address, version in providers.items()):
            return folder
    return None


def mirror_configuration(mirror: Path, addresses: Iterable[str]) -> str:
    addresses_json = json.dumps(sorted(addresses))
    return (
        "# Written by scripts/orderflow for this machine; not tracked.\n"
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {json.dumps(str(mirror))}\n    include = {addresses_json}\n  }}\n"
        f"  direct {{\n    exclude = {addresses_json}\n  }}\n"
        "}\n"
    )


@functools.cache
def source() -> Source:
    """Choose the source, once per process, and write the CLI configuration that it needs, if any."""
    providers = locked_providers()
    mirror = find_mirror(default_mirror_folders(), providers, current_platform())
    LOCAL_TERRAFORM_FOLDER.mkdir(parents=True, exist_ok=True)
    configuration = LOCAL_TERRAFORM_FOLDER / "terraform.rc"
    if mirror is not None:
        _write(configuration, mirror_configuration(mirror, providers))
        return Source(f"filesystem mirror {mirror}", {"TF_CLI_CONFIG_FILE": str(configuration)}, is_mirror=True)
    cache = LOCAL_TERRAFORM_FOLDER / "plugins"
    cache.mkdir(exist_ok=True)
    variables = {"TF_PLUGIN_CACHE_DIR": os.environ.get("TF_PLUGIN_CACHE_DIR") or str(cache)}
    user_configuration = os.environ.get("TF_CLI_CONFIG_FILE")
    if user_configuration and not Path(user_configuration).is_file():
        _write(configuration, "# Left empty by scripts/orderflow, because TF_CLI_CONFIG_FILE names a missing file.\n")
        variables["TF_CLI_CONFIG_FILE"] = str(configuration)
    # The user's own configuration stays in effect: it may name a network mirror.
    return Source(f"the registry, cached in {variables['TF_PLUGIN_CACHE_DIR']}", variables, is_mirror=False)


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        pending = path.with_name(f"{path.name}.{os.getpid()}")
        pending.write_text(text)
        pending.replace(path)
