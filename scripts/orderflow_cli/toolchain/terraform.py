"""Runs Terraform: finds or downloads it, uses the committed lock file, and initialises a folder when needed."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from orderflow_cli import ROOT, UserError
from orderflow_cli.toolchain import terraform_binary, terraform_provider

STAMP_FILE = "orderflow-init.json"
REATTACH_VARIABLE = "TF_REATTACH_PROVIDERS"
# These commands need no state, so a remote backend need not be reachable.
NO_BACKEND_COMMANDS = frozenset({"validate", "test", "fmt", "version", "modules", "metadata"})
_MODULE_SOURCE = re.compile(r'^\s*(?:module \{ )?source\s*=\s*"(\.\.?/[^"]*)"', re.MULTILINE)
# The lines that determine what init installs; no other edit requires a new init.
_INIT_LINE = re.compile(
    r'^\s*(?:module\s+["{]|run\s+"|source\s*=|version\s*=|required_\w+|backend\s+"|cloud\s*\{|bucket\s*=|key\s*=|path\s*=|'
    r"region\s*=|use_lockfile\s*=).*$",
    re.MULTILINE,
)


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables for Terraform: `env` (default: the caller's) with the settings that install
    the provider, and without variables that would make Terraform use another data folder or workspace."""
    go_settings = {"GOGC": "400", "GOMEMLIMIT": "2GiB"}  # otherwise garbage collection takes a third of the time
    base_env = os.environ if env is None else env
    variables = {key: value for key, value in base_env.items() if key not in {"TF_DATA_DIR", "TF_WORKSPACE"}}
    return {**go_settings, **variables, "CHECKPOINT_DISABLE": "1", **terraform_provider.source().variables}


def provider_source() -> str:
    return terraform_provider.source().description


def resolve(root: str | Path) -> Path:
    """Return the Terraform folder that `root` names: a path (from the working directory or clone) or an environment."""
    for candidate in (Path(root), ROOT / root, ROOT / "terraform" / "environments" / root):
        if candidate.is_dir() and any(candidate.glob("*.tf")):
            return candidate.resolve()
    raise UserError(f"{root} is not a folder with Terraform files; name one, such as terraform/environments/local.")


def command(root: Path, *arguments: str) -> list[str]:
    return [str(terraform_binary.find()), f"-chdir={root}", *arguments]


def run(
    root: str | Path, *arguments: str, env: Mapping[str, str] | None = None, backend: bool | None = None
) -> subprocess.CompletedProcess[str]:
    """Initialise the root module if needed, run Terraform, and return the finished process with its output as text.

    Raises UserError if Terraform cannot be installed or initialised; the caller checks the return code."""
    folder = resolve(root)
    init(folder, backend=arguments[0] not in NO_BACKEND_COMMANDS if backend is None else backend, env=env)
    variables = environment(env)
    return subprocess.run(command(folder, *arguments), check=False, capture_output=True, text=True, env=variables)


def init(
    root: Path, *options: str, backend: bool = True, env: Mapping[str, str] | None = None, force: bool = False
) -> None:
    """Run `terraform init` with the committed lock file (read-only) if any of its inputs changed."""
    stamp = {"key": init_key(root), "backend": backend}
    with _init_lock(root):
        if not force and _is_initialised(root, stamp):
            return
        shutil.copyfile(terraform_provider.LOCK_FILE, root / ".terraform.lock.hcl")
        arguments = ["init", "-input=false", "-no-color", "-lockfile=readonly", *options]
        if "-migrate-state" not in options:
            arguments.append("-reconfigure" if backend else "-backend=false")
        # An attached provider would be used without verifying its checksum.
        variables = {key: value for key, value in environment(env).items() if key != REATTACH_VARIABLE}
        result = subprocess.run(command(root, *arguments), check=False, capture_output=True, text=True, env=variables)
        if result.returncode != 0:
            raise _explain_init_failure(root, result.stdout + result.stderr)
        (root / ".terraform").mkdir(exist_ok=True)
        (root / ".terraform" / STAMP_FILE).write_text(json.dumps(stamp))


def _is_initialised(root: Path, expected: Mapping[str, object]) -> bool:
    stamp = root / ".terraform" / STAMP_FILE
    if not stamp.exists() or not (root / ".terraform.lock.hcl").exists():
        return False
    recorded = json.loads(stamp.read_text())
    return bool(recorded["key"] == expected["key"] and (recorded["backend"] or not expected["backend"]))


def init_key(root: Path) -> str:
    """Return a hash of init's inputs: lock file, binary, provider source, and the relevant lines of every file."""
    digest = hashlib.sha256(terraform_provider.LOCK_FILE.read_bytes())
    digest.update(f"{terraform_binary.find()} {terraform_provider.source().variables}".encode())
    for folder in local_modules(root):
        for file in sorted([*folder.glob("*.tf"), *folder.glob("*.tftest.hcl"), *folder.glob("tests/*.tftest.hcl")]):
            lines = _INIT_LINE.findall(file.read_text())
            digest.update(f"{os.path.relpath(file, root)}\n{'\n'.join(lines)}\n".encode())
    return digest.hexdigest()


def local_modules(root: Path) -> list[Path]:
    """Return `root` and every local module that it calls, directly or indirectly."""
    modules: dict[Path, None] = {}
    folders = [root.resolve()]
    while folders:
        folder = folders.pop()
        if folder in modules or not folder.is_dir():
            continue
        modules[folder] = None
        for file in [*folder.glob("*.tf"), *folder.glob("tests/*.tftest.hcl")]:
            # A test file names modules from the root of its configuration, not from its own folder.
            folders += [(folder / source).resolve() for source in _MODULE_SOURCE.findall(file.read_text())]
    return sorted(modules)


def _explain_init_failure(root: Path, output: str) -> UserError:
    folder = os.path.relpath(root, ROOT)
    locked_versions = terraform_provider.locked_providers()
    versions = ", ".join(f"{address} {version}" for address, version in locked_versions.items())
    names = re.findall(r"provider\s+([\w.-]+/[\w.-]+):", output)
    has_unlocked_provider = any(not any(address.endswith(name) for address in locked_versions) for name in names)
    if has_unlocked_provider or "Provider dependency changes detected" in output:
        return UserError(
            f"{folder} requires other providers than terraform/.terraform.lock.hcl locks ({versions}); "
            "bring its required_providers in line with the other modules."
        )
    if re.search(r"query available provider|not query provider registry|while installing.*dial tcp", output, re.S):
        return UserError(
            f"terraform init in {folder} failed: {versions} is in no plugin folder of this machine, and the registry "
            "cannot be reached. Connect to the internet once, or put the provider under ~/.terraform.d/plugins."
        )
    if "no space left" in output.lower():
        return UserError(f"terraform init in {folder} failed: the disk is full. Free some space and try again.")
    if "checksum" in output:
        return UserError(
            f"terraform init in {folder} failed: the provider from {provider_source()} does not match the checksum in "
            f"terraform/.terraform.lock.hcl for {versions}. Do not use it. {_first_error(output)}"
        )
    return UserError(f"terraform init in {folder} failed: {_first_error(output)}")


def _first_error(output: str) -> str:
    lines = [line.strip(" │╷╵") for line in output.splitlines()]
    error_indexes = [index for index, line in enumerate(lines) if line.startswith("Error:")]
    block = lines[error_indexes[0] : error_indexes[0] + 8] if error_indexes else lines[-5:]
    return " ".join(line for line in block if line)


@contextmanager
def _init_lock(root: Path) -> Iterator[None]:
    """Allow one init at a time per folder, or in all folders if they share a plugin cache."""
    is_cache_shared = not terraform_provider.source().is_mirror
    name = "shared" if is_cache_shared else hashlib.sha256(str(root).encode()).hexdigest()[:16]
    folder = terraform_provider.LOCAL_TERRAFORM_FOLDER / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


START_SECONDS = 60.0
STOP_SECONDS = 10.0
_REATTACH_VALUE = re.compile(rf"{REATTACH_VARIABLE}='(.+)'")
# The provider ends when its standard input closes, not on Ctrl-C; SIGINT makes it remove its socket.
_PROVIDER_COMMAND = '"$0" -debug & cat; kill -INT $!; wait'
_LOG_LEVELS = dict.fromkeys(
    ("TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_MUX", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_AWS"), "ERROR"
)


@contextmanager
def run_provider(log: Path, env: Mapping[str, str] | None = None, root: Path | None = None) -> Iterator[dict[str, str]]:
    """Run one provider process for the block; otherwise Terraform starts this 700 MB program at each step.

    Yields the environment variable that makes Terraform use it. The provider logs to `log` and ends with the block, not
    on Ctrl-C; it takes credentials and endpoints from `env`, and resolves paths from `root`."""
    folder = root or ROOT / "terraform" / "modules" / "queue"
    init(folder, backend=root is not None, env=env)
    binaries = (folder / ".terraform" / "providers").rglob("terraform-provider-aws*", recurse_symlinks=True)
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["sh", "-c", _PROVIDER_COMMAND, next(binaries)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=environment(env) | _LOG_LEVELS,
            cwd=root,
            process_group=0,
        ) as process,
    ):
        try:
            yield {REATTACH_VARIABLE: _wait_for_reattach_value(process, log)}
        finally:
            _stop_provider(process)


def _stop_provider(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _wait_for_reattach_value(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if match := _REATTACH_VALUE.search(log.read_text()):
            return match[1]
        time.sleep(0.1)
    raise RuntimeError(f"the provider did not print {REATTACH_VARIABLE}: {log.read_text()}")
