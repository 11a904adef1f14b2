"""Recovery: redrives dead-letter messages to the target that failed, and replays archived events to chosen rules.

`routes` finds the target of each kind of message, `redrive` sends messages there or discards them, `receipts` records
what was done, and `replay` replays events from the archive.

`StartMessageMoveTask` is not used: it accepts no filter and no count, writes no receipt, and does not support queues
that SNS, EventBridge or Lambda fill.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
