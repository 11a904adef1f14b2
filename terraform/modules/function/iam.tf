locals {
  queue_arns  = [for source in var.queue_sources : source.queue_arn]
  stream_arns = [for source in var.stream_sources : source.stream_arn]

  # Services that use the key on the function's behalf, derived from its permissions, sources and failure destination.
  key_services = toset([
    for service in concat(
      flatten([for permission in var.permissions : [for action in permission.actions : split(":", action)[0]]]),
      local.has_dead_letter_queue || length(var.queue_sources) > 0 ? ["sqs"] : [],
      local.has_failure_bucket ? ["dynamodb", "s3"] : [],
    ) : service if contains(["dynamodb", "kinesis", "s3", "secretsmanager", "sns", "sqs", "ssm"], service)
  ])

  statements = [
    { needed = true, Sid = "WriteLogs", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = ["${local.log_group_arn}:*"] },
    {
      # These two X-Ray actions do not support resource-level permissions.
      needed   = var.observability.tracing
      Sid      = "WriteTraces"
      Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      Resource = ["*"]
    },
    {
      # AWS does not document whether a version's encryption context contains the version number.
      needed    = true
      Sid       = "ReadOwnEnvironment"
      Action    = ["kms:Decrypt"]
      Resource  = [var.kms.key_arn]
      Condition = { StringLike = { "kms:EncryptionContext:aws:lambda:FunctionArn" = [local.function_arn, "${local.function_arn}:*"] } }
    },
    {
      needed    = length(local.key_services) > 0
      Sid       = "UseKeyThroughServices"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = concat([var.kms.key_arn], tolist(var.kms.further_key_arns))
      Condition = { StringEquals = { "kms:ViaService" = [for service in local.key_services : "${service}.${local.region}.amazonaws.com"] } }
    },
    {
      needed   = length(var.queue_sources) > 0
      Sid      = "PollQueues"
      Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      Resource = local.queue_arns
    },
    {
      needed   = length(var.stream_sources) > 0
      Sid      = "ReadStreams"
      Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
      Resource = local.stream_arns
    },
    {
      # ListStreams applies to all streams of a table, not to one of them.
      needed   = length(var.stream_sources) > 0
      Sid      = "ListStreams"
      Action   = ["dynamodb:ListStreams"]
      Resource = [for arn in local.stream_arns : "${split("/stream/", arn)[0]}/stream/*"]
    },
    {
      needed    = local.has_failure_bucket
      Sid       = "StoreFailedRecords"
      Action    = ["s3:PutObject"]
      Resource  = ["${local.failure_bucket_arn}/aws/lambda/*", "${local.failure_bucket_arn}/quarantine/${local.service_name}/*"]
      Condition = { StringEquals = { "s3:ResourceAccount" = [local.account_id] } }
    },
    {
      needed    = local.has_failure_bucket
      Sid       = "CheckFailureBucket"
      Action    = ["s3:ListBucket"]
      Resource  = [local.failure_bucket_arn]
      Condition = { StringEquals = { "s3:ResourceAccount" = [local.account_id] } }
    },
    { needed = local.has_dead_letter_queue, Sid = "SendDeadLetterMessages", Action = ["sqs:SendMessage"], Resource = module.dead_letter_queue[*].arn },
  ]
}

resource "aws_iam_role" "this" {
  name                 = var.name
  tags                 = var.tags
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "Lambda"
    Effect    = "Allow"
    Principal = { Service = ["lambda.amazonaws.com"] }
    Action    = ["sts:AssumeRole"]
  }] })
}

resource "aws_iam_role_policy" "this" {
  name = "function"
  role = aws_iam_role.this.id

  policy = jsonencode({ Version = "2012-10-17", Statement = concat(
    [for statement in local.statements : merge({ Effect = "Allow" }, { for name, value in statement : name => value if name != "needed" }) if statement.needed],
    [for key, permission in var.permissions : merge(
      { Sid = "Allow${join("", [for word in split("_", key) : title(word)])}", Effect = "Allow", Action = permission.actions, Resource = permission.resources },
      # A condition operator may appear only once in a statement, so conditions with the same operator are merged.
      { for tests in [distinct(permission.conditions[*].test)] : "Condition" => { for test in tests : test => {
        for condition in permission.conditions : condition.variable => condition.values if condition.test == test
      } } if length(tests) > 0 },
    )],
  ) })
}
