"""Batches from SQS and DynamoDB Streams, answered item by item.

Both answer `{"batchItemFailures": [...]}`; their event source mappings need `ReportBatchItemFailures`."""

from common.batch.queue import Finish, process_queue_batch
from common.batch.response import RESERVE_MS, BatchResponse, ItemFailure, RemainingMs
from common.batch.stream import process_stream_batch
from common.batch.visibility import Visibility

__all__ = [
    "RESERVE_MS",
    "BatchResponse",
    "Finish",
    "ItemFailure",
    "RemainingMs",
    "Visibility",
    "process_queue_batch",
    "process_stream_batch",
]
