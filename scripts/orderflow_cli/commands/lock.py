"""`orderflow lock`: compiles requirements/*.in into the hashed locks."""

import argparse
import subprocess

from orderflow_cli import ROOT, Problem, console, setup, setup_install

HELP = "Compile requirements/*.in into hash-locked *.txt; pinned versions stay unless --upgrade."
# bootstrap first: the others are compiled by the uv that it pins. lambda before dev, which takes its versions over.
ORDER = ("bootstrap", "lambda", "ministack", "checkov", "dev")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--upgrade", action="store_true", help="move to the newest versions that the .in files allow")


def run(args: argparse.Namespace) -> int:
    uv = setup_install.uv_path(setup.base_python())
    for name in ORDER:
        command = [uv, "--system-certs", "--quiet", "pip", "compile", f"{name}.in", "-o", f"{name}.txt"]
        command += ["--generate-hashes", "--universal", "--python-version", "3.13"]
        command += ["--custom-compile-command", "make lock", "--no-emit-index-url", "--no-emit-find-links"]
        command += ["-c", "lambda.txt"] if name == "dev" else []
        command += ["--upgrade"] if args.upgrade else []
        with console.step(f"requirements/{name}.txt"):
            done = subprocess.run(command, cwd=ROOT / "requirements", check=False, capture_output=True, text=True)
            if done.returncode != 0:
                raise Problem(f"requirements/{name}.in could not be locked: {done.stderr.strip()}")
    return 0
