mock_provider "aws" {
  source = "../../testing"
}

variables {
  name = "shop-dev"
}

run "the_key_is_rotated_named_and_slow_to_delete" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "The key must be rotated every year, and be recoverable for 30 days."
  }

  assert {
    condition     = aws_kms_alias.this.name == "alias/shop-dev"
    error_message = "People must find the key by the environment's name."
  }
}

run "connections_to_partners_may_use_the_key" {
  command = plan

  assert {
    condition     = aws_kms_key.this.tags["EventBridgeApiDestinations"] == "true"
    error_message = "EventBridge refuses a key without this tag for a connection's secret."
  }
}

run "roles_of_the_account_get_the_key_through_their_own_policies" {
  command = plan

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
}

run "each_service_may_use_the_key_for_this_environment_only" {
  command = plan

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
        ] } },
      ]
      EventBridgeChecksTheKey = [
        "events.amazonaws.com",
        ["kms:DescribeKey"],
        { StringEqualsIfExists = { "aws:SourceAccount" = ["111122223333"] } },
      ]
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
    error_message = "Each service must be bound by the encryption context of this environment's resources, with no action more than it needs."
  }
}

run "no_service_may_use_the_key_without_a_condition" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      contains(keys(statement), "Condition") if contains(keys(statement.Principal), "Service")
    ])
    error_message = "A service principal without a condition would act for any customer of AWS."
  }
}

run "the_alias_is_the_name_in_the_outputs" {
  assert {
    condition     = output.alias_name == "alias/shop-dev" && output.key_arn == aws_kms_key.this.arn && output.key_id == aws_kms_key.this.key_id
    error_message = "Callers need the ARN for policies and the alias for people."
  }
}

run "a_name_that_cannot_prefix_resources_is_refused" {
  command = plan
  variables { name = "Shop_Dev" }
  expect_failures = [var.name]
}
