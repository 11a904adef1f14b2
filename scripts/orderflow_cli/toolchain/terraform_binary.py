"""Chooses the terraform binary: the user's if it is new enough, else the pinned release, downloaded and verified."""

import functools
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from orderflow_cli import TOOLS_FOLDER, UserError, console
from orderflow_cli.toolchain.venvs import require_space

MINIMUM_VERSION = (1, 11)
MIRROR_VARIABLE = "ORDERFLOW_TERRAFORM_MIRROR"
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_REQUIRED_MEGABYTES = 200
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Release:
    """The pinned release and the publisher's SHA-256 of each platform's zip."""

    version: str
    site: str
    sha256: dict[str, str]

    @classmethod
    def load_pinned_release(cls) -> "Release":
        return cls(**json.loads(Path(__file__).with_name("terraform_release.json").read_text()))


def current_platform() -> str:
    """Return this machine's platform as Terraform names it, such as `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_ARCHITECTURES.get(machine, machine)}"


@functools.cache
def find() -> Path:
    """Return a working terraform binary of at least MINIMUM_VERSION. Raises UserError if none can be installed."""
    release = Release.load_pinned_release()
    pinned_binary = TOOLS_FOLDER / "terraform" / release.version / "terraform"
    rejections: list[str] = []
    candidates = (Path(folder) / "terraform" for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    for candidate in [*(each for each in candidates if each.is_file() and os.access(each, os.X_OK)), pinned_binary]:
        version = read_version(candidate)
        if version is not None and version >= MINIMUM_VERSION:
            return candidate
        if version is not None:
            rejections.append(f"{candidate} is {'.'.join(map(str, version))}")
    minimum = ".".join(map(str, MINIMUM_VERSION))
    reason = f"{'; '.join(rejections)}, but {minimum} or newer is needed" if rejections else "no usable terraform found"
    console.say(f"  terraform: {reason}; fetching {release.version} into .tools/")
    return fetch(release, pinned_binary, os.environ.get(MIRROR_VARIABLE) or release.site)


def read_version(binary: Path) -> tuple[int, ...] | None:
    """Return the version of a binary, or None if it does not run: a version manager's shim may exist but fail."""
    # A missing configuration file makes every call print a warning; the null device is an empty file.
    env = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    try:
        result = subprocess.run([binary, "version", "-json"], check=True, capture_output=True, text=True, env=env)
        version = str(json.loads(result.stdout)["terraform_version"])
        return tuple(int(part) for part in version.partition("-")[0].split("."))
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError):
        return None


def fetch(release: Release, destination: Path, base_url: str, platform_name: str | None = None) -> Path:
    """Download the release for this platform from `base_url`, verify it and install it at `destination`."""
    name = platform_name or current_platform()
    expected_digest = release.sha256.get(name)
    if expected_digest is None:
        raise UserError(
            f"Terraform {release.version} is pinned for {', '.join(release.sha256)}, but this machine is {name}; "
            f"install Terraform {'.'.join(map(str, MINIMUM_VERSION))} or newer on PATH."
        )
    url = f"{base_url.rstrip('/')}/{release.version}/terraform_{release.version}_{name}.zip"
    require_space(destination.parent, _REQUIRED_MEGABYTES)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as scratch:
        archive = Path(scratch) / "terraform.zip"
        with console.step(f"terraform {release.version} from {base_url}") as progress:
            digest = _download(url, archive, progress)
            if digest != expected_digest:
                raise UserError(
                    f"{url} must have SHA-256 {expected_digest}; got {digest}. The download was deleted; "
                    f"name a trusted mirror in {MIRROR_VARIABLE}, or install Terraform yourself."
                )
            progress.detail = "SHA-256 verified"
            with zipfile.ZipFile(archive) as zip_file, (Path(scratch) / "terraform").open("wb") as target:
                shutil.copyfileobj(zip_file.open("terraform"), target)
        (Path(scratch) / "terraform").chmod(0o755)
        (Path(scratch) / "terraform").replace(destination)
    return destination


def _download(url: str, target: Path, progress: console.Step) -> str:
    digest, received_bytes = hashlib.sha256(), 0
    if not url.startswith(("https://", "http://")):
        raise UserError(f"{MIRROR_VARIABLE} must be an HTTP URL, such as https://mirror.example/terraform; got {url}.")
    try:
        with urllib.request.urlopen(url, timeout=30) as response, target.open("wb") as file:  # noqa: S310 - checked above
            while chunk := response.read(_CHUNK_BYTES):
                file.write(chunk)
                digest.update(chunk)
                received_bytes += len(chunk)
                progress.detail = console.format_size(received_bytes)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise UserError(
            f"Terraform cannot be downloaded from {url} ({getattr(error, 'reason', error)}); connect to the internet, "
            f"name a mirror in {MIRROR_VARIABLE}, or install Terraform {'.'.join(map(str, MINIMUM_VERSION))} or newer."
        ) from error
    return digest.hexdigest()
