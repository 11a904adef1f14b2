"""Entry point of `scripts/orderflow-dev`: what only developers run."""

import sys

from dev import commands
from orderflow_cli.cli import CommandLine

DEVELOPMENT = CommandLine("orderflow-dev", "Test, scan and generate what Orderflow is made of.", commands)

if __name__ == "__main__":
    sys.exit(DEVELOPMENT.main())
