"""Recovery: redrives dead-letter messages, replays archived events, erases customers and changes the stream.

`routes` finds the failed target of each kind of message, `redrive` sends messages there or discards them, and
`receipts` records what was done. `redrive` does not use `StartMessageMoveTask`, which accepts no filter, does not count
the redrives of a message, writes no receipt, and does not support queues that SNS, EventBridge or Lambda fill.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
