"""Processes batches from SQS and DynamoDB Streams; the response names the items to retry.

The response is `{"batchItemFailures": [...]}`; the event source mapping needs `ReportBatchItemFailures`."""

from common.batch.queue import FinishMessage, process_queue_batch
from common.batch.response import RESERVE_MS, BatchResponse, ItemFailure, RemainingMs
from common.batch.stream import process_stream_batch
from common.batch.visibility import Visibility

__all__ = [
    "RESERVE_MS",
    "BatchResponse",
    "FinishMessage",
    "ItemFailure",
    "RemainingMs",
    "Visibility",
    "process_queue_batch",
    "process_stream_batch",
]
