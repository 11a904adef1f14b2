"""`orderflow-dev terraform <root> -- <arguments>`: runs Terraform as all other commands run it."""

import argparse
import os
from pathlib import Path

from orderflow_cli import UserError
from orderflow_cli.local_cloud.cloud import LOCAL_ROOT, LocalCloud
from orderflow_cli.toolchain import terraform
from orderflow_cli.toolchain.processes import run_in_foreground

HELP = "Run terraform in a root or module, with the locked provider."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "orderflow-dev terraform [--local] <root> [--] <terraform arguments>"
    parser.add_argument("--local", action="store_true", help="use the local cloud; implied for the local environment")
    parser.add_argument("root", help="a folder with Terraform files, or an environment's name (local, dev, ...)")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments for Terraform")


def run(args: argparse.Namespace) -> int:
    root = terraform.resolve(args.root)
    arguments = [*args.arguments, *args.rest]
    if not arguments:
        raise UserError("Terraform arguments are required. Add them, as in: orderflow-dev terraform local -- plan")
    env = LocalCloud().env() if args.local or root == LOCAL_ROOT else dict(os.environ)
    if arguments[0] == "fmt":
        return run_in_foreground(terraform.command(root, *arguments), cwd=Path.cwd(), env=env)
    if arguments[0] == "init":
        terraform.init(root, *arguments[1:], backend="-backend=false" not in arguments, env=env, force=True)
        return 0
    terraform.init(root, backend=arguments[0] not in terraform.NO_BACKEND_COMMANDS, env=env)
    return run_in_foreground(terraform.command(root, *arguments), cwd=Path.cwd(), env=terraform.environment(env))
