"""Runs MiniStack with the corrections in this package, which make it behave as AWS does."""

import os

from ministack import app  # type: ignore[import-not-found]

from orderflow_cli.local_cloud.ministack import alarms, connections, logs, permissions, services, state


def main() -> None:
    for module in (permissions, services, connections, alarms, logs, state):
        module.apply_corrections()
    # Functions inherit the environment, and must not import from this repository.
    os.environ.pop("PYTHONPATH", None)
    app.main()


if __name__ == "__main__":
    main()
