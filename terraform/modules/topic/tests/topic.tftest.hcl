mock_provider "aws" { source = "../../testing" }

variables {
  name            = "orderflow-dev-order-changes"
  audience        = "systems"
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-alarms"
}

run "the_policy_denies_plain_http_and_subscriptions_by_people_and_allows_nothing" {
  command = plan
  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == var.kms_key_arn && aws_sns_topic.this.signature_version == 2
    error_message = "Messages must be encrypted with the given key, and signed with SHA-256 for HTTPS subscribers."
  }
  assert {
    condition = jsondecode(aws_sns_topic.this.policy).Statement == [
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = { AWS = ["*"] }
        Action    = ["sns:Publish", "sns:Subscribe"]
        Resource  = ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"]
        Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
      },
      {
        Sid       = "DenyProtocols"
        Effect    = "Deny"
        Principal = { AWS = ["*"] }
        Action    = ["sns:Subscribe"]
        Resource  = ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"]
        Condition = { StringEquals = { "sns:Protocol" = ["application", "email", "email-json", "http", "sms"] } }
      },
    ]
    error_message = "The policy must deny requests without TLS and subscriptions over email, SMS, HTTP or mobile push, and must have no Allow statement, because the account's roles have their own policies."
  }
  assert {
    condition     = aws_sns_topic.this.tracing_config == "PassThrough" && length(aws_xray_resource_policy.this) == 0
    error_message = "With PassThrough tracing there must be no X-Ray policy."
  }
  assert {
    condition     = length(aws_iam_role.delivery_status) == 0 && length(aws_cloudwatch_log_group.delivery_status) == 0 && aws_sns_topic.this.sqs_failure_feedback_role_arn == null
    error_message = "Without `delivery_status` there must be no role, no log group and no logging."
  }
  assert {
    condition = { for name, alarm in module.alarms.alarms : name => alarm.metric_name } == {
      orderflow-dev-order-changes-failed             = "NumberOfNotificationsFailed"
      orderflow-dev-order-changes-lost               = "NumberOfNotificationsFailedToRedriveToDlq"
      orderflow-dev-order-changes-invalid-body       = "NumberOfNotificationsFilteredOut-InvalidMessageBody"
      orderflow-dev-order-changes-invalid-attributes = "NumberOfNotificationsFilteredOut-InvalidAttributes"
    }
    error_message = "Each kind of delivery failure must have its alarm."
  }
  assert {
    condition     = alltrue([for alarm in module.alarms.alarms : alarm.dimensions.TopicName == "orderflow-dev-order-changes" && alarm.alarm_actions == toset([var.alarm_topic_arn])])
    error_message = "The alarms must watch this topic and notify the given topic."
  }
}

run "people_may_subscribe_to_a_topic_for_people" {
  command = plan
  variables { audience = "people" }
  assert {
    condition     = jsondecode(aws_sns_topic.this.policy).Statement[1].Condition.StringEquals["sns:Protocol"] == ["http"] && output.topic.audience == "people"
    error_message = "A topic for people must allow subscriptions over every protocol except plain HTTP."
  }
}

run "each_publisher_may_publish_only_from_its_sources" {
  command = plan
  variables {
    publishers = {
      alarms     = { service = "cloudwatch.amazonaws.com", source_arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orderflow-dev-*" }
      till_files = { service = "s3.amazonaws.com", source_arn = "arn:aws:s3:::orderflow-dev-till-files" }
      # EventBridge sends no source account to topics, so requiring one would deny every event.
      audit_rule = { service = "events.amazonaws.com", source_arn = "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/audit" }
      shop       = { accounts = ["444455556666"] }
      company    = { organization_id = "o-abcdefghij" }
    }
  }
  assert {
    condition = jsonencode({
      for statement in jsondecode(aws_sns_topic.this.policy).Statement : statement.Sid => [statement.Principal, statement.Action, lookup(statement, "Condition", null)] if statement.Effect == "Allow"
      }) == jsonencode({
      Alarms = [{ Service = ["cloudwatch.amazonaws.com"] }, ["sns:Publish"], {
        ArnLike      = { "aws:SourceArn" = ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orderflow-dev-*"] }
        StringEquals = { "aws:SourceAccount" = ["111122223333"] }
      }]
      TillFiles = [{ Service = ["s3.amazonaws.com"] }, ["sns:Publish"], {
        ArnLike      = { "aws:SourceArn" = ["arn:aws:s3:::orderflow-dev-till-files"] }
        StringEquals = { "aws:SourceAccount" = ["111122223333"] }
      }]
      AuditRule = [{ Service = ["events.amazonaws.com"] }, ["sns:Publish"], { ArnLike = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/audit"] } }]
      Shop      = [{ AWS = ["arn:aws:iam::444455556666:root"] }, ["sns:Publish"], null]
      Company   = [{ AWS = ["*"] }, ["sns:Publish"], { StringEquals = { "aws:PrincipalOrgID" = ["o-abcdefghij"] } }]
    })
    error_message = "A service may publish only on behalf of the named resources of this account, and a wildcard principal must always be restricted by aws:PrincipalOrgID."
  }
}

run "sns_may_write_traces_to_x_ray_when_tracing_is_active" {
  command = plan
  variables { tracing = "Active" }
  assert {
    condition     = jsondecode(aws_xray_resource_policy.this[0].policy_document).Statement[0].Condition.ArnEquals["aws:SourceArn"] == ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"]
    error_message = "SNS must be allowed to write traces of this topic only."
  }
}

run "deliveries_over_named_protocols_are_logged_in_encrypted_log_groups" {
  variables { delivery_status = { protocols = ["application", "lambda", "sqs"], success_sample_percentage = 10, log_retention_days = 14 } }
  assert {
    condition = alltrue([for protocol in ["application", "firehose", "http", "lambda", "sqs"] : jsonencode([
      for feedback in ["failure_feedback_role_arn", "success_feedback_role_arn", "success_feedback_sample_rate"] : aws_sns_topic.this["${protocol}_${feedback}"]
    ]) == (contains(["firehose", "http"], protocol) ? "[null,null,null]" : jsonencode([aws_iam_role.delivery_status[0].arn, aws_iam_role.delivery_status[0].arn, 10]))])
    error_message = "Deliveries over the named protocols, and no others, must be logged."
  }
  assert {
    condition     = [for group in aws_cloudwatch_log_group.delivery_status : group.name] == ["sns/eu-west-1/111122223333/orderflow-dev-order-changes/Failure", "sns/eu-west-1/111122223333/orderflow-dev-order-changes"]
    error_message = "The log groups must have the names that SNS expects."
  }
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.delivery_status : group.retention_in_days == 14 && group.kms_key_id == var.kms_key_arn])
    error_message = "The log groups must be encrypted and have a retention period."
  }
  assert {
    condition     = jsondecode(aws_iam_role.delivery_status[0].assume_role_policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"] }, StringEquals = { "aws:SourceAccount" = ["111122223333"] } }
    error_message = "SNS may assume the role for this topic only."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.delivery_status[0].policy).Statement[0].Resource == [for end in ["", ":*", "/Failure", "/Failure:*"] : "arn:aws:logs:eu-west-1:111122223333:log-group:sns/eu-west-1/111122223333/orderflow-dev-order-changes${end}"]
    error_message = "The role may write to the topic's own two log groups only."
  }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name            = "orders.fifo"
    audience        = "everything"
    kms_key_arn     = "alias/orderflow-dev"
    display_name    = "Bücher"
    publishers      = { "my-shop" = { accounts = ["444455556666"] } }
    delivery_status = { protocols = ["email"] }
  }
  expect_failures = [var.name, var.audience, var.kms_key_arn, var.display_name, var.publishers, var.delivery_status]
}

run "empty_protocols_and_an_empty_publisher_are_refused" {
  command = plan
  variables {
    delivery_status = { protocols = [] }
    publishers      = { someone = {} }
  }
  expect_failures = [var.delivery_status, var.publishers]
}

run "a_publisher_of_two_kinds_is_refused" {
  command = plan
  variables { publishers = { someone = { accounts = ["444455556666"], organization_id = "o-abcdefghij" } } }
  expect_failures = [var.publishers]
}

run "a_service_without_a_source_arn_is_refused" {
  command = plan
  variables { publishers = { someone = { service = "s3.amazonaws.com" } } }
  expect_failures = [var.publishers]
}

run "a_source_arn_without_a_service_is_refused" {
  command = plan
  variables { publishers = { someone = { accounts = ["444455556666"], source_arn = "arn:aws:s3:::shop" } } }
  expect_failures = [var.publishers]
}

run "a_service_that_is_not_a_service_principal_is_refused" {
  command = plan
  variables { publishers = { someone = { service = "s3", source_arn = "arn:aws:s3:::shop" } } }
  expect_failures = [var.publishers]
}

run "a_source_arn_with_a_wildcard_account_is_refused" {
  command = plan
  variables { publishers = { someone = { service = "cloudwatch.amazonaws.com", source_arn = "arn:aws:cloudwatch:eu-west-1:*:alarm:x" } } }
  expect_failures = [var.publishers]
}

run "a_wildcard_account_is_refused" {
  command = plan
  variables { publishers = { someone = { accounts = ["*"] } } }
  expect_failures = [var.publishers]
}

run "a_wildcard_organization_is_refused" {
  command = plan
  variables { publishers = { someone = { organization_id = "*" } } }
  expect_failures = [var.publishers]
}
