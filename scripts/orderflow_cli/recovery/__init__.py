"""Recovery: redrives dead-letter messages to the target that failed, and replays archived events to chosen rules.

`routes` knows the way back of each shape of message, `receipts` what was done, `redrive` does it or ends what nobody
can repair, and `replay` sends from the archive.

`StartMessageMoveTask` is not used: it takes no filter and no count, leaves no receipt, and does not serve queues that
are fed by SNS, EventBridge or Lambda.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html"""
