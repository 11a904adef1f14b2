mock_provider "aws" { source = "../../testing" }

variables {
  name       = "shop-dev-relay"
  code       = { package = "./tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
  invocation = { mode = "synchronous" }
}

run "the_role_allows_only_logs_traces_and_environment_decryption" {
  command = plan
  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [
      { Sid = "Lambda", Effect = "Allow", Principal = { Service = ["lambda.amazonaws.com"] }, Action = ["sts:AssumeRole"] },
    ]
    error_message = "Only Lambda may assume the function's role."
  }
  assert {
    condition = jsondecode(aws_iam_role_policy.this.policy).Statement == [
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/shop-dev-relay:*"]
      },
      { Sid = "WriteTraces", Effect = "Allow", Action = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], Resource = ["*"] },
      {
        Sid       = "ReadOwnEnvironment"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = ["arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"]
        Condition = { StringLike = { "kms:EncryptionContext:aws:lambda:FunctionArn" = ["arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-relay", "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-relay:*"] } }
      },
    ]
    error_message = "Without permissions and sources the role must have exactly three statements: logs, traces and environment."
  }
}

run "the_role_has_each_permission_and_uses_the_key_only_through_dynamodb" {
  command = plan
  variables {
    permissions = {
      read_orders = { actions = ["dynamodb:GetItem"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders"] }
      publish = {
        actions    = ["events:PutEvents"]
        resources  = ["arn:aws:events:eu-west-1:111122223333:event-bus/shop-dev-bus"]
        conditions = [{ test = "StringEquals", variable = "events:source", values = ["shop.relay"] }]
      }
    }
  }
  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if startswith(statement.Sid, "Allow")] == [
      {
        Sid       = "AllowPublish"
        Effect    = "Allow"
        Action    = ["events:PutEvents"]
        Resource  = ["arn:aws:events:eu-west-1:111122223333:event-bus/shop-dev-bus"]
        Condition = { StringEquals = { "events:source" = ["shop.relay"] } }
      },
      {
        Sid      = "AllowReadOrders"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem"]
        Resource = ["arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders"]
      },
    ]
    error_message = "Each permission must become one statement with its actions, resources and conditions."
  }
  assert {
    condition = one([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Condition if statement.Sid == "UseKeyThroughServices"
    ]) == { StringEquals = { "kms:ViaService" = ["dynamodb.eu-west-1.amazonaws.com"] } }
    error_message = "The key may be used only through DynamoDB, the one permitted service that decrypts data for the function."
  }
}

run "a_queue_consumer_may_poll_its_queue_and_send_to_its_dead_letter_queue" {
  command = plan
  variables {
    invocation    = { mode = "polled" }
    queue_sources = { orders = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse", visibility_timeout_seconds = 180 } }
  }
  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      statement.Sid => [statement.Action, statement.Resource] if contains(["PollQueues", "SendDeadLetterMessages"], statement.Sid)
      } == {
      PollQueues = [
        ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse"],
      ]
      SendDeadLetterMessages = [["sqs:SendMessage"], ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-relay-function-dlq"]]
    }
    error_message = "The role may poll only the source, and send only to the function's own dead-letter queue."
  }
  assert {
    condition     = length(jsondecode(aws_iam_role_policy.this.policy).Statement) == 6
    error_message = "The role must have six statements: logs, traces, environment, key, polling and dead-letter messages."
  }
}

run "additional_keys_are_limited_to_the_same_services_as_the_main_key" {
  command = plan
  variables {
    kms           = { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555", further_key_arns = ["arn:aws:kms:eu-west-1:444455556666:key/22222222-2222-3333-4444-555555555555"] }
    invocation    = { mode = "polled" }
    queue_sources = { orders = { queue_arn = "arn:aws:sqs:eu-west-1:444455556666:orders", visibility_timeout_seconds = 180 } }
    stream_sources = {
      orders = { stream_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders/stream/2026-01-01T00:00:00.000", failure_bucket_arn = "arn:aws:s3:::shop-dev-failures" }
    }
  }
  assert {
    condition = one([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [statement.Resource, statement.Condition] if statement.Sid == "UseKeyThroughServices"]) == [
      ["arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555", "arn:aws:kms:eu-west-1:444455556666:key/22222222-2222-3333-4444-555555555555"],
      { StringEquals = { "kms:ViaService" = ["dynamodb.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"] } },
    ]
    error_message = "The role must be able to use both keys through DynamoDB, S3 and SQS, which the function reads or writes, and no other service."
  }
}

run "a_stream_reader_may_read_its_stream_and_write_under_its_prefixes" {
  command = plan
  variables {
    invocation = { mode = "polled" }
    stream_sources = {
      orders = {
        stream_arn         = "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders/stream/2026-01-01T00:00:00.000"
        failure_bucket_arn = "arn:aws:s3:::shop-dev-failures"
      }
    }
  }
  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      statement.Sid => [statement.Action, statement.Resource]
      if contains(["ReadStreams", "ListStreams", "StoreFailedRecords", "CheckFailureBucket"], statement.Sid)
      } == {
      ReadStreams = [
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        ["arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders/stream/2026-01-01T00:00:00.000"],
      ]
      ListStreams = [["dynamodb:ListStreams"], ["arn:aws:dynamodb:eu-west-1:111122223333:table/shop-dev-orders/stream/*"]]
      StoreFailedRecords = [
        ["s3:PutObject"],
        ["arn:aws:s3:::shop-dev-failures/aws/lambda/*", "arn:aws:s3:::shop-dev-failures/quarantine/shop-dev-relay/*"],
      ]
      CheckFailureBucket = [["s3:ListBucket"], ["arn:aws:s3:::shop-dev-failures"]]
    }
    error_message = "The role may read only the stream, and write only under Lambda's prefix and the function's quarantine prefix."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      statement.Condition == { StringEquals = { "s3:ResourceAccount" = ["111122223333"] } }
      if contains(["StoreFailedRecords", "CheckFailureBucket"], statement.Sid)
    ])
    error_message = "A bucket of the same name in another account must not receive the records."
  }
  assert {
    condition = one([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Condition if statement.Sid == "UseKeyThroughServices"
    ]) == { StringEquals = { "kms:ViaService" = ["dynamodb.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"] } }
    error_message = "The role must be able to decrypt the stream and encrypt the failed records."
  }
}
