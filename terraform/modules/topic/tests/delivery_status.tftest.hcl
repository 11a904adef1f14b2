mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "orderflow-dev-order-changes"
  audience    = "systems"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "logs_no_delivery_unless_asked" {
  command = plan

  assert {
    condition     = length(aws_iam_role.delivery_status) == 0 && length(aws_cloudwatch_log_group.delivery_status) == 0 && aws_sns_topic.this.sqs_failure_feedback_role_arn == null
    error_message = "Without `delivery_status` there must be no role, no log group and no logging."
  }
}

run "logs_failures_and_a_sample_of_successes_of_the_protocols_named" {
  variables { delivery_status = { protocols = ["sqs", "http"], success_sample_percentage = 10 } }

  assert {
    condition     = aws_sns_topic.this.sqs_failure_feedback_role_arn == aws_iam_role.delivery_status[0].arn && aws_sns_topic.this.sqs_success_feedback_sample_rate == 10 && aws_sns_topic.this.http_failure_feedback_role_arn == aws_iam_role.delivery_status[0].arn && aws_sns_topic.this.http_success_feedback_sample_rate == 10
    error_message = "The protocols named must be logged."
  }

  assert {
    condition     = aws_sns_topic.this.lambda_failure_feedback_role_arn == null && aws_sns_topic.this.firehose_failure_feedback_role_arn == null && aws_sns_topic.this.application_failure_feedback_role_arn == null
    error_message = "No other protocol may be logged."
  }
}

run "logs_every_protocol_that_sns_can_log" {
  variables { delivery_status = { protocols = ["application", "firehose", "http", "lambda", "sqs"], success_sample_percentage = 100 } }

  assert {
    condition = distinct([
      aws_sns_topic.this.application_failure_feedback_role_arn, aws_sns_topic.this.application_success_feedback_role_arn,
      aws_sns_topic.this.firehose_failure_feedback_role_arn, aws_sns_topic.this.firehose_success_feedback_role_arn,
      aws_sns_topic.this.http_failure_feedback_role_arn, aws_sns_topic.this.http_success_feedback_role_arn,
      aws_sns_topic.this.lambda_failure_feedback_role_arn, aws_sns_topic.this.lambda_success_feedback_role_arn,
      aws_sns_topic.this.sqs_failure_feedback_role_arn, aws_sns_topic.this.sqs_success_feedback_role_arn,
    ]) == tolist([aws_iam_role.delivery_status[0].arn])
    error_message = "Each protocol must be logged with the topic's role."
  }

  assert {
    condition = distinct([
      aws_sns_topic.this.application_success_feedback_sample_rate, aws_sns_topic.this.firehose_success_feedback_sample_rate, aws_sns_topic.this.http_success_feedback_sample_rate,
      aws_sns_topic.this.lambda_success_feedback_sample_rate, aws_sns_topic.this.sqs_success_feedback_sample_rate,
    ]) == tolist([100])
    error_message = "Each protocol must be sampled as asked."
  }
}

run "keeps_the_logs_encrypted_and_for_a_limited_time" {
  command = plan
  variables { delivery_status = { protocols = ["sqs"], log_retention_days = 14 } }

  assert {
    condition     = [for group in aws_cloudwatch_log_group.delivery_status : group.name] == ["sns/eu-west-1/111122223333/orderflow-dev-order-changes/Failure", "sns/eu-west-1/111122223333/orderflow-dev-order-changes"]
    error_message = "The groups must have the names SNS writes to."
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.delivery_status : group.retention_in_days == 14 && group.kms_key_id == var.kms_key_arn])
    error_message = "The groups must be encrypted and expire."
  }
}

run "lets_sns_write_the_logs_of_this_topic_only" {
  command = plan
  variables { delivery_status = { protocols = ["sqs"] } }

  assert {
    condition     = jsondecode(aws_iam_role.delivery_status[0].assume_role_policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"] }, StringEquals = { "aws:SourceAccount" = ["111122223333"] } }
    error_message = "Only SNS, for this topic, may use the role."
  }

  assert {
    condition     = alltrue([for resource in jsondecode(aws_iam_role_policy.delivery_status[0].policy).Statement[0].Resource : startswith(resource, "arn:aws:logs:eu-west-1:111122223333:log-group:sns/eu-west-1/111122223333/orderflow-dev-order-changes")])
    error_message = "The role may write to the topic's own two log groups only."
  }
}
