"""Recovery: what waits in a dead-letter place goes back to the target that failed, and archived events to chosen rules.

`places` says where dead letters are, `letters` what one is, `queues` and `buckets` read them, `routes` knows the way
back of each shape, `receipts` what was done, `redrive` does it and `replay` sends from the archive.

`StartMessageMoveTask` is not used: it takes no filter and no count, leaves no receipt, and does not serve queues that
are fed by SNS, EventBridge or Lambda.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""
