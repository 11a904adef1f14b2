"""`orderflow studio`: serves the studio page: the live flow, order traces and controls of the local cloud."""

import argparse

from orderflow_cli import console
from orderflow_cli.arguments import whole_number
from orderflow_cli.environments import add_environment_options, connect, convert_aws_errors
from orderflow_cli.local_cloud.cloud import DEFAULT_PORT, LocalCloud
from orderflow_cli.local_cloud.detached import HOST, require_free_port
from orderflow_cli.studio.process import PORT_OFFSET

HELP = "Serve the studio page on localhost, for the local cloud or (read-only) another environment."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The local cloud's page is served until `make down`, another environment's page until Ctrl-C."
    port, parse_port = DEFAULT_PORT + PORT_OFFSET, whole_number(maximum=65_535)
    parser.add_argument("--port", type=parse_port, default=port, help=f"port for another environment (default {port})")
    add_environment_options(parser, json=False)


def run(args: argparse.Namespace) -> int:
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        if cloud.is_local:
            from orderflow_cli.commands.up import start_studio

            console.say(f"The page is at {start_studio(LocalCloud())}; `make down` stops it.")
            return 0
        from orderflow_cli.studio.app import serve

        require_free_port(args.port, "--port ")
        message = f"The page for {args.environment} (read-only) is at http://{HOST}:{args.port}/; Ctrl-C stops it."
        serve(cloud, args.port, lambda: console.say(message))
    return 0
