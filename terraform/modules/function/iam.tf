locals {
  queue_arns  = [for source in var.queue_sources : source.queue_arn]
  stream_arns = [for source in var.stream_sources : source.stream_arn]

  # Services that open data with the environment's key as the function, told by what the function may do.
  key_services = toset([
    for service in concat(
      flatten([for permission in var.permissions : [for action in permission.actions : split(":", action)[0]]]),
      local.has_dead_letter_queue ? ["sqs"] : [],
      local.has_failure_bucket ? ["dynamodb", "s3"] : [],
    ) : service if contains(["dynamodb", "kinesis", "s3", "secretsmanager", "sns", "sqs", "ssm"], service)
  ])

  own_account = { test = "StringEquals", variable = "s3:ResourceAccount", values = [local.account] }

  statements = [
    {
      needed    = true
      sid       = "WriteLogs"
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["${local.log_group_arn}:*"]
    },
    {
      # X-Ray has no resources to name: these two actions take `*` only.
      needed    = true
      sid       = "WriteTraces"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"]
    },
    {
      needed     = true
      sid        = "ReadOwnEnvironment"
      actions    = ["kms:Decrypt"]
      resources  = [var.kms_key_arn]
      conditions = [{ test = "StringEquals", variable = "kms:EncryptionContext:aws:lambda:FunctionArn", values = [local.function_arn] }]
    },
    {
      needed     = length(local.key_services) > 0
      sid        = "UseKeyThroughServices"
      actions    = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources  = [var.kms_key_arn]
      conditions = [{ test = "StringEquals", variable = "kms:ViaService", values = [for service in local.key_services : "${service}.${local.region}.amazonaws.com"] }]
    },
    {
      needed    = length(var.queue_sources) > 0
      sid       = "PollQueues"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      resources = local.queue_arns
    },
    {
      needed    = length(var.stream_sources) > 0
      sid       = "ReadStreams"
      actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
      resources = local.stream_arns
    },
    {
      # Listing is asked for the table's streams, not for one of them.
      needed    = length(var.stream_sources) > 0
      sid       = "ListStreams"
      actions   = ["dynamodb:ListStreams"]
      resources = [for arn in local.stream_arns : "${split("/stream/", arn)[0]}/stream/*"]
    },
    {
      needed     = local.has_failure_bucket
      sid        = "KeepFailedRecords"
      actions    = ["s3:PutObject"]
      resources  = ["${local.failure_bucket_arn}/aws/lambda/*", "${local.failure_bucket_arn}/quarantine/${var.function}/*"]
      conditions = [local.own_account]
    },
    {
      needed     = local.has_failure_bucket
      sid        = "CheckFailureBucket"
      actions    = ["s3:ListBucket"]
      resources  = [local.failure_bucket_arn]
      conditions = [local.own_account]
    },
    {
      needed    = local.has_dead_letter_queue
      sid       = "KeepDeadLetters"
      actions   = ["sqs:SendMessage"]
      resources = [local.dead_letter_queue_arn]
    },
  ]
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = module.trust_policy.json
}

resource "aws_iam_role_policy" "this" {
  name   = "function"
  role   = aws_iam_role.this.id
  policy = module.policy.json
}

module "trust_policy" {
  source = "../policy_document"

  statements = [{
    sid        = "Lambda"
    principals = { Service = ["lambda.amazonaws.com"] }
    actions    = ["sts:AssumeRole"]
  }]
}

module "policy" {
  source = "../policy_document"

  statements = concat(
    [for statement in local.statements : statement if statement.needed],
    [
      for key, permission in var.permissions : {
        sid        = "Allow${join("", [for word in split("_", key) : title(word)])}"
        actions    = permission.actions
        resources  = permission.resources
        conditions = permission.conditions
      }
    ],
  )
}
