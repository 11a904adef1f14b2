"""Entry point of `orderflow`, the command for people who run the system."""

import sys

from orderflow_cli import commands
from orderflow_cli.cli import CommandLine

COMMAND_ORDER = (
    "demo up down status studio send tail trace find logs compare redrive replay stream erase rollback aws routes "
    "contracts package completion setup clean"
)
ORDERFLOW = CommandLine("orderflow", "Run and operate Orderflow.", commands, order=COMMAND_ORDER.split())

if __name__ == "__main__":
    sys.exit(ORDERFLOW.main())
