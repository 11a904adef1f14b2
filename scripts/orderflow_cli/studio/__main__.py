"""The process of the local cloud's page, which `make up` starts and `make down` stops."""

import argparse
import sys
from pathlib import Path

from orderflow_cli.environments import as_user_errors, of_local
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.studio.app import serve


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve the page on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="that of the local cloud")
    args = parser.parse_args()
    with as_user_errors():
        serve(of_local(LocalCloud(args.folder)), args.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
