"""The receiver as a program: `python -m examples.http_receiver --topic <ARN> [--topic <ARN> ...]`"""

import argparse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from examples.http_receiver.certificates import Certificates, fetch_https
from examples.http_receiver.inbox import Inbox
from examples.http_receiver.messages import parse_topic_arn
from examples.http_receiver.receive import Receiver, ReceiverSettings
from examples.http_receiver.server import HOST, create_server
from examples.http_receiver.verify import SIGNATURE_VERSIONS


def main() -> None:
    args = _parse_arguments()
    settings = ReceiverSettings(
        topic_arns=frozenset(args.topic),
        signature_versions=frozenset({"2"}) if args.sha256_only else SIGNATURE_VERSIONS,
        accepts_raw_deliveries=args.raw,
        emulator_url=args.unsigned_from,
    )
    fetch = fetch_https if args.unsigned_from is None else _fetch_loopback
    inbox = Inbox(args.inbox)
    server = create_server(Receiver(settings, Certificates(fetch_https, _now), inbox, fetch, _now), args.port)
    print(f"http://{HOST}:{server.server_address[1]}", flush=True)  # noqa: T201
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        inbox.close()


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Receive SNS messages over HTTP, verify them, and store each once.")
    parser.add_argument("--topic", action="append", required=True, type=_check_topic_arn, help="topic ARN; repeatable")
    parser.add_argument("--port", type=int, default=8090, help="port on 127.0.0.1 (default 8090; 0: a free port)")
    parser.add_argument("--inbox", type=Path, default="inbox.sqlite", help="SQLite inbox (default inbox.sqlite)")
    parser.add_argument("--sha256-only", action="store_true", help="refuse signatures of version 1 (SHA-1)")
    parser.add_argument("--raw", action="store_true", help="accept raw deliveries, which are unsigned")
    parser.add_argument(
        "--unsigned-from",
        type=_check_loopback_url,
        metavar="URL",
        help="URL of an emulator on this machine, such as http://127.0.0.1:4566; no signature is checked",
    )
    return parser.parse_args()


def _check_topic_arn(text: str) -> str:
    try:
        parse_topic_arn(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _check_loopback_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"} or parts.path or parts.query:
        raise argparse.ArgumentTypeError(f"must be http://127.0.0.1:<port> or http://localhost:<port>; got {text!r}")
    return text


def _fetch_loopback(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=5) as response:
        body: bytes = response.read()
    return body


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
