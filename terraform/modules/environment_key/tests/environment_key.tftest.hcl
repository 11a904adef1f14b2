mock_provider "aws" { source = "../../testing" }

variables { name = "shop-dev" }

run "the_key_serves_only_this_account_and_environment" {
  command = plan
  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "The key must be rotated every year, and its deletion waiting period must be 30 days."
  }
  assert {
    condition     = aws_kms_alias.this.name == "alias/shop-dev"
    error_message = "The key's alias must be `name`, that is `<project>-<environment>`."
  }
  assert {
    condition     = aws_kms_key.this.tags["EventBridgeApiDestinations"] == "true"
    error_message = "The key must have the tag that EventBridge requires for a connection's secret."
  }
  assert {
    condition = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement if contains(keys(statement.Principal), "AWS")] == [{
      Sid       = "AccountThroughIam"
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::111122223333:root"] }
      Action    = ["kms:*"]
      Resource  = ["*"]
    }]
    error_message = "IAM policies of this account must be the only way for roles and people to use the key."
  }
  assert {
    condition = {
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      statement.Sid => [statement.Principal.Service[0], statement.Action, statement.Condition] if contains(keys(statement.Principal), "Service")
      } == {
      LogGroups = [
        "logs.eu-west-1.amazonaws.com",
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = [
          "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/*/shop-dev-*",
          "arn:aws:logs:eu-west-1:111122223333:log-group:sns/eu-west-1/111122223333/shop-dev-*",
          "arn:aws:logs:eu-west-1:111122223333:log-group:sns/eu-west-1/111122223333/app/*/shop-dev-*",
        ] } },
      ]
      EventBridgeDescribeKey = ["events.amazonaws.com", ["kms:DescribeKey"], { StringEqualsIfExists = { "aws:SourceAccount" = ["111122223333"] } }]
      EventBridgeBuses = [
        "events.amazonaws.com",
        ["kms:Decrypt", "kms:GenerateDataKey*"],
        { ArnLike = { "kms:EncryptionContext:aws:events:event-bus:arn" = ["arn:aws:events:eu-west-1:111122223333:event-bus/shop-dev-*"] } },
      ]
      EventBridgeToTopics = [
        "events.amazonaws.com",
        ["kms:Decrypt", "kms:GenerateDataKey*"],
        { ArnLike = { "kms:EncryptionContext:aws:sns:topicArn" = ["arn:aws:sns:eu-west-1:111122223333:shop-dev-*"] } },
      ]
      EventBridgeToQueues = [
        "events.amazonaws.com",
        ["kms:Decrypt", "kms:GenerateDataKey*"],
        { ArnLike = { "kms:EncryptionContext:aws:sqs:arn" = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-*"] } },
      ]
      TopicsToQueues = [
        "sns.amazonaws.com",
        ["kms:Decrypt", "kms:GenerateDataKey*"],
        { ArnLike = { "kms:EncryptionContext:aws:sqs:arn" = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-*"] } },
      ]
      AlarmsToTopics = [
        "cloudwatch.amazonaws.com",
        ["kms:Decrypt", "kms:GenerateDataKey*"],
        { ArnLike = { "kms:EncryptionContext:aws:sns:topicArn" = ["arn:aws:sns:eu-west-1:111122223333:shop-dev-*"] } },
      ]
      Schedules = [
        "scheduler.amazonaws.com",
        ["kms:Decrypt", "kms:GenerateDataKey*"],
        { ArnLike = { "kms:EncryptionContext:aws:scheduler:schedule:arn" = ["arn:aws:scheduler:eu-west-1:111122223333:schedule/*/shop-dev-*"] } },
      ]
    }
    error_message = "Each service must be limited to the actions it needs and, except for DescribeKey, to the encryption context of this environment's resources."
  }
}

run "a_name_that_is_not_a_valid_prefix_is_refused" {
  command = plan
  variables { name = "Shop_Dev" }
  expect_failures = [var.name]
}
