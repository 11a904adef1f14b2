"""`orderflow-dev lock`: compiles requirements/*.in, and that of the example with packages, into the hashed locks."""

import argparse
import subprocess

from orderflow_cli import ROOT, UserError, console
from orderflow_cli.toolchain import install, venvs

HELP = "Compile requirements/*.in into hash-locked *.txt; pinned versions stay unless --upgrade."
# bootstrap first: the others are compiled by the uv that it pins. lambda before dev, which takes its versions over; the
# example takes those of dev, with which its tests run.
ORDER = (
    "requirements/bootstrap",
    "requirements/lambda",
    "requirements/ministack",
    "requirements/checkov",
    "requirements/dev",
    "examples/http_receiver/requirements",
)
CONSTRAINTS = {
    "requirements/dev": "lambda.txt",
    "examples/http_receiver/requirements": "../../requirements/dev.txt",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--upgrade", action="store_true", help="move to the newest versions that the .in files allow")


def run(args: argparse.Namespace) -> int:
    uv = install.uv_path(venvs.base_python())
    for path in ORDER:
        folder, _, name = path.rpartition("/")
        command = [uv, "--system-certs", "--quiet", "pip", "compile", f"{name}.in", "-o", f"{name}.txt"]
        command += ["--generate-hashes", "--universal", "--python-version", "3.13"]
        command += ["--custom-compile-command", "make lock", "--no-emit-index-url", "--no-emit-find-links"]
        command += ["-c", CONSTRAINTS[path]] if path in CONSTRAINTS else []
        overrides = ROOT / "requirements" / f"{name}.overrides"
        command += ["--override", overrides.name] if overrides.exists() else []
        command += ["--upgrade"] if args.upgrade else []
        with console.step(f"{path}.txt"):
            done = subprocess.run(command, cwd=ROOT / folder, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                raise UserError(f"{path}.in could not be locked: {done.stderr.strip()}")
    return 0
