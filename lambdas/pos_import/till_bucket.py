"""The bucket that tills write to: till files are under `incoming/`, reports under `reports/`.

Only objects under `incoming/` start an import, so a report cannot start one."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

INCOMING_PREFIX = "incoming/"
REPORTS_PREFIX = "reports/"
CHUNK_BYTES = 1_048_576
_SUMMARY_SUFFIX = ".summary.json"
_REJECTED_SUFFIX = ".rejected.csv"
_MAX_KEY_BYTES = 1_024 - len(_REJECTED_SUFFIX)  # 1,024 is S3's limit
# The keys of folder placeholders of the S3 console and Hadoop; those of s3fs may differ only in content type.
_FOLDER_SUFFIXES = ("/", "_$folder$")


@dataclass(frozen=True, slots=True)
class AnnouncedObject:
    """The object that an event announces; `version` is set if the bucket is versioned."""

    bucket: str
    key: str
    version: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class TillFile:
    """A till file in the bucket; `etag` and `version` identify its exact content."""

    bucket: str
    key: str
    etag: str
    size: int
    uploaded_at: datetime
    version: str | None = None
    is_folder: bool = False

    def report_key(self, suffix: str) -> str:
        return f"{REPORTS_PREFIX}{self.key.removeprefix(INCOMING_PREFIX)}{suffix}"


class TillBucket:
    """Reads till files and writes reports. Every method raises TransientError if S3 is unavailable."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def find(self, announced_object: AnnouncedObject) -> TillFile:
        """Return the file that an event announces, in a versioned bucket even if its key was overwritten later.

        Raises:
            PermanentError: the key is not that of a till file, or the announced file no longer exists."""
        bucket, key = announced_object.bucket, announced_object.key
        if not key.startswith(INCOMING_PREFIX) or len(key.encode()) > _MAX_KEY_BYTES:
            detail = f"the key must start with {INCOMING_PREFIX} and have at most {_MAX_KEY_BYTES} bytes"
            raise PermanentError("unexpected_key", detail)
        version = _version_argument(announced_object.version)
        head = _call_s3(lambda: self._client.head_object(Bucket=bucket, Key=key, **version), "file_not_found")
        # While a bucket's versioning is suspended, its version "null" can be overwritten.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
        if announced_object.etag not in (None, head["ETag"].strip('"')):
            raise PermanentError(
                "file_replaced", "the file was overwritten while the bucket's versioning was off or suspended"
            )
        is_folder = head["ContentLength"] == 0 and key.endswith(_FOLDER_SUFFIXES)
        is_folder |= head.get("ContentType", "").startswith("application/x-directory")
        size, uploaded_at = head["ContentLength"], head["LastModified"]
        return TillFile(bucket, key, head["ETag"], size, uploaded_at, announced_object.version, is_folder)

    def chunks(self, file: TillFile) -> Iterator[bytes]:
        """Yield the content of the file in chunks.

        Each chunk is a separate request, so that no connection is idle while events are published. All chunks are from
        the same file: S3 rejects the next request if the file was replaced in the meantime."""
        for start in range(0, file.size, CHUNK_BYTES):
            end = min(start + CHUNK_BYTES, file.size) - 1
            yield _call_s3(partial(self._chunk, file, f"bytes={start}-{end}"), "file_not_found")

    def _chunk(self, file: TillFile, byte_range: str) -> bytes:
        conditions: Any = {"IfMatch": file.etag, **_version_argument(file.version)}
        return self._client.get_object(Bucket=file.bucket, Key=file.key, Range=byte_range, **conditions)["Body"].read()

    def summary(self, file: TillFile) -> Mapping[str, Any]:
        """Return the summary that the last run wrote for this key, or an empty mapping."""
        try:
            summary = json.loads(_call_s3(partial(self._summary, file), "no_summary"))
        except (PermanentError, ValueError):
            return {}
        return summary if isinstance(summary, dict) else {}

    def _summary(self, file: TillFile) -> bytes:
        return self._client.get_object(Bucket=file.bucket, Key=file.report_key(_SUMMARY_SUFFIX))["Body"].read()

    def put_summary(self, file: TillFile, summary: Mapping[str, Any]) -> None:
        body = json.dumps(summary, indent=2).encode()
        self._put(file, _SUMMARY_SUFFIX, body, "application/json")

    def put_rejected_rows(self, file: TillFile, content: IO[bytes]) -> None:
        self._put(file, _REJECTED_SUFFIX, content, "text/csv; charset=utf-8")

    def _put(self, file: TillFile, suffix: str, body: bytes | IO[bytes], content_type: str) -> None:
        _call_s3(
            lambda: self._client.put_object(
                Bucket=file.bucket, Key=file.report_key(suffix), Body=body, ContentType=content_type
            )
        )


def _version_argument(version: str | None) -> dict[str, Any]:
    return {"VersionId": version} if version else {}


def _call_s3[Result](call: Callable[[], Result], not_found_reason: str | None = None) -> Result:
    try:
        return call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "Unknown")
        if not_found_reason and code in {"404", "NoSuchKey", "NoSuchVersion"}:
            raise PermanentError(not_found_reason, "the bucket does not have the object") from error
        raise TransientError("bucket_unavailable", f"S3 returned {code}") from error
    except (BotoCoreError, OSError) as error:
        # If a connection breaks while a body is read, urllib3 or the socket raises the error.
        raise TransientError("bucket_unavailable", f"the call to S3 failed: {type(error).__name__}") from error
