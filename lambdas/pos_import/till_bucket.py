"""The bucket that tills write to: their files are under `incoming/`, our reports under `reports/`.

Only `incoming/` starts an import, so a report cannot start another one."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

INCOMING = "incoming/"
REPORTS = "reports/"
PIECE_BYTES = 1_048_576
_LONGEST_KEY_BYTES = 1_024
_SUMMARY = ".summary.json"
_REJECTED = ".rejected.csv"
# Folder placeholders: objects of the S3 console and Hadoop; those of s3fs may have the content type only.
_FOLDERS = ("/", "_$folder$")


@dataclass(frozen=True, slots=True)
class AnnouncedObject:
    """The object in an event: `version` if the bucket is versioned, `etag` of its content."""

    bucket: str
    key: str
    version: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class TillFile:
    """The file in the event; `etag` and `version` pin its exact content."""

    bucket: str
    key: str
    etag: str
    size: int
    version: str | None = None
    is_folder: bool = False

    def report_key(self, suffix: str) -> str:
        return f"{REPORTS}{self.key.removeprefix(INCOMING)}{suffix}"


class TillBucket:
    """Reads till files and writes reports. Every method raises TransientError when S3 does not answer."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def find(self, announced: AnnouncedObject) -> TillFile:
        """Return the file in the event, even if its key has been overwritten since.

        Raises:
            PermanentError: when the key is not one of a till file, or the file that was announced is gone."""
        bucket, key = announced.bucket, announced.key
        if not key.startswith(INCOMING) or len(key.encode()) > _LONGEST_KEY_BYTES - len(_REJECTED):
            raise PermanentError("unexpected_key", f"only keys under {INCOMING} that leave room for a suffix are read")
        which = _version(announced.version)
        head = _call_s3(lambda: self._client.head_object(Bucket=bucket, Key=key, **which), missing="file_not_found")
        # The version "null" of a bucket whose versioning is suspended is overwritten as well.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
        if announced.etag not in (None, head["ETag"].strip('"')):
            raise PermanentError("file_replaced", "another file is under the key, and the bucket keeps no versions")
        is_folder = head["ContentLength"] == 0 and key.endswith(_FOLDERS)
        is_folder |= head.get("ContentType", "").startswith("application/x-directory")
        return TillFile(bucket, key, head["ETag"], head["ContentLength"], announced.version, is_folder)

    def pieces(self, file: TillFile) -> Iterator[bytes]:
        """Yield the file in chunks.

        Each piece is a request of its own, so no connection waits while events are published, and all pieces are of the
        same file: S3 refuses the next one when the file was replaced meanwhile."""
        for start in range(0, file.size, PIECE_BYTES):
            end = min(start + PIECE_BYTES, file.size) - 1
            yield _call_s3(partial(self._piece, file, f"bytes={start}-{end}"), missing="file_not_found")

    def _piece(self, file: TillFile, byte_range: str) -> bytes:
        which = _version(file.version)
        answer = self._client.get_object(Bucket=file.bucket, Key=file.key, IfMatch=file.etag, Range=byte_range, **which)
        return answer["Body"].read()

    def summary(self, file: TillFile) -> Mapping[str, Any]:
        """Return the last run's summary of a file with this key; empty if there is none."""
        try:
            summary = json.loads(_call_s3(partial(self._summary, file), missing="no_summary"))
        except (PermanentError, ValueError):
            return {}
        return summary if isinstance(summary, dict) else {}

    def _summary(self, file: TillFile) -> bytes:
        return self._client.get_object(Bucket=file.bucket, Key=file.report_key(_SUMMARY))["Body"].read()

    def put_summary(self, file: TillFile, summary: Mapping[str, Any]) -> None:
        body = json.dumps(summary, indent=2).encode()
        self._put(file, _SUMMARY, body, "application/json")

    def put_rejected(self, file: TillFile, content: IO[bytes]) -> None:
        self._put(file, _REJECTED, content, "text/csv; charset=utf-8")

    def _put(self, file: TillFile, suffix: str, body: bytes | IO[bytes], content_type: str) -> None:
        _call_s3(
            lambda: self._client.put_object(
                Bucket=file.bucket, Key=file.report_key(suffix), Body=body, ContentType=content_type
            )
        )


def _version(version: str | None) -> dict[str, Any]:
    return {"VersionId": version} if version else {}


def _call_s3[Answer](call: Callable[[], Answer], missing: str | None = None) -> Answer:
    try:
        return call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "Unknown")
        if missing and code in {"404", "NoSuchKey", "NoSuchVersion"}:
            raise PermanentError(missing, "the object is not in the bucket") from error
        raise TransientError("bucket_unavailable", f"S3 answered {code}") from error
    except (BotoCoreError, OSError) as error:
        # A connection that breaks while a body is read raises an error of urllib3 or the socket.
        raise TransientError("bucket_unavailable", f"S3 did not answer: {type(error).__name__}") from error
