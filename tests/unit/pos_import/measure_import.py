"""Imports a file of 50,000 rows in a process of its own and prints what that took, as JSON.

The memory is that of the process as the operating system counts it; tracing allocations takes ten times as long. The
file is on disk, so that what grows is what the import holds.
"""

import json
import mmap
import resource
import sys
import tempfile
from collections.abc import Iterator

from common.observability import metrics
from pos_import.import_file import import_file
from pos_import.till_bucket import Announced, TillBucket
from tests.support.invocations import enough_time
from tests.unit.pos_import.doubles import BUCKET, HEADER, KEY, CountingPublisher, S3Double, file_of, receipt, row

RECEIPTS = 12_500


def main() -> None:
    with tempfile.TemporaryFile() as file:
        for line in lines():
            file.write(f"{line}\r\n".encode())
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            run(file_of(receipt(1)))
            before = peak_bytes()
            s3, publisher = run(content)
            grown = peak_bytes() - before
            size = len(content)

    result = {
        "bytes": size,
        "pieces_read": s3.calls.count("get_object") - 1,
        "packs": len(publisher.packs),
        "summary": s3.summary(),
        "grown_bytes": grown,
    }
    print(json.dumps(result))  # noqa: T201


def lines() -> Iterator[str]:
    yield HEADER
    for number in range(RECEIPTS):
        yield from receipt(number, 3)
        yield row(receipt_number=f"bad-{number}", quantity="many")


def run(content: bytes | mmap.mmap) -> tuple[S3Double, CountingPublisher]:
    s3, publisher = S3Double(), CountingPublisher()
    s3.objects[KEY] = content  # type: ignore[assignment]
    bucket = TillBucket(s3)  # type: ignore[arg-type]
    import_file(
        bucket.find(Announced(BUCKET, KEY)),
        bucket=bucket,
        publisher=publisher,
        correlation_id="corr-1",
        causation_id=None,
        remaining_ms=enough_time,
    )
    metrics.clear_metrics()
    return s3, publisher


def peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1_024


if __name__ == "__main__":
    main()
