"""`orderflow terraform <root> -- <arguments>`: Terraform as the rest of the repository runs it."""

import argparse
import subprocess

from orderflow_cli import Problem, terraform

HELP = "Run terraform in a root or module, with the provider found and the lock verified."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "orderflow terraform <root> [--] <terraform arguments>"
    parser.add_argument("root", help="a folder with Terraform files, or an environment's name (local, dev, ...)")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed to terraform as they are")


def run(args: argparse.Namespace) -> int:
    root = terraform.resolve(args.root)
    arguments = args.arguments[1:] if args.arguments[:1] == ["--"] else args.arguments
    if not arguments:
        raise Problem("Say what terraform should do, for example: orderflow terraform local -- plan")
    if arguments[0] == "init":
        terraform.init(root, backend="-backend=false" not in arguments, force=True)
        return 0
    terraform.init(root, backend=arguments[0] not in terraform.WITHOUT_BACKEND)
    return subprocess.run(terraform.command(root, *arguments), check=False, env=terraform.environment()).returncode
