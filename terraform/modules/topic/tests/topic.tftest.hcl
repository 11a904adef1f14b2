mock_provider "aws" {
  source = "../../testing"
}

variables {
  name            = "orderflow-dev-order-changes"
  audience        = "systems"
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-alarms"
}

run "encrypts_messages_with_the_customer_key_and_signs_them_with_sha256" {
  command = plan

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == var.kms_key_arn && aws_sns_topic.this.signature_version == 2
    error_message = "Messages must be encrypted with the given key, and signed with SHA-256 for HTTP receivers."
  }
}

run "refuses_calls_without_tls" {
  command = plan

  assert {
    condition = jsondecode(aws_sns_topic.this.policy).Statement[0] == {
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = { AWS = ["*"] }
      Action    = ["sns:Publish", "sns:Subscribe"]
      Resource  = ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"]
      Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
    }
    error_message = "Nobody may publish or subscribe without TLS."
  }
}

run "keeps_people_away_from_a_topic_for_systems_also_by_hand" {
  command = plan

  assert {
    condition     = jsondecode(aws_sns_topic.this.policy).Statement[1].Effect == "Deny" && jsondecode(aws_sns_topic.this.policy).Statement[1].Condition.StringEquals["sns:Protocol"] == ["application", "email", "email-json", "http", "sms"]
    error_message = "A topic for systems must refuse email, SMS, push and plain http whoever subscribes."
  }

  assert {
    condition     = output.topic.audience == "systems"
    error_message = "Subscriptions must be told who may subscribe."
  }
}

run "lets_people_subscribe_to_notices" {
  command = plan

  variables {
    audience     = "people"
    display_name = "Orderflow"
  }

  assert {
    condition     = jsondecode(aws_sns_topic.this.policy).Statement[1].Condition.StringEquals["sns:Protocol"] == ["http"] && aws_sns_topic.this.display_name == "Orderflow"
    error_message = "A topic with notices must refuse plain http only."
  }
}

run "lets_nobody_else_publish_unless_named" {
  command = plan

  assert {
    condition     = length([for statement in jsondecode(aws_sns_topic.this.policy).Statement : statement if statement.Effect == "Allow"]) == 0
    error_message = "Without publishers the topic policy must allow nothing: roles of this account have policies of their own."
  }
}

run "lets_aws_services_publish_for_this_accounts_resources" {
  command = plan

  variables {
    publishers = {
      alarms     = { service = "cloudwatch.amazonaws.com", source_arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orderflow-dev-*" }
      till_files = { service = "s3.amazonaws.com", source_arn = "arn:aws:s3:::orderflow-dev-till-files" }
    }
  }

  assert {
    condition = { for statement in jsondecode(aws_sns_topic.this.policy).Statement : statement.Sid => [statement.Principal, statement.Action, statement.Condition] if statement.Effect == "Allow" } == {
      Alarms = [{ Service = ["cloudwatch.amazonaws.com"] }, ["sns:Publish"], {
        ArnLike      = { "aws:SourceArn" = ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orderflow-dev-*"] }
        StringEquals = { "aws:SourceAccount" = ["111122223333"] }
      }]
      TillFiles = [{ Service = ["s3.amazonaws.com"] }, ["sns:Publish"], {
        ArnLike      = { "aws:SourceArn" = ["arn:aws:s3:::orderflow-dev-till-files"] }
        StringEquals = { "aws:SourceAccount" = ["111122223333"] }
      }]
    }
    error_message = "A service may publish only for the resources named, of this account."
  }
}

run "lets_one_eventbridge_rule_publish" {
  command = plan
  variables { publishers = { audit_rule = { service = "events.amazonaws.com", source_arn = "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/audit" } } }

  assert {
    condition     = jsondecode(aws_sns_topic.this.policy).Statement[2].Condition == { ArnLike = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/audit"] } }
    error_message = "EventBridge sets no source account for topics: asking for one would refuse every event."
  }
}

run "lets_named_accounts_publish" {
  command = plan
  variables { publishers = { shop = { accounts = ["444455556666"] } } }

  assert {
    condition     = jsondecode(aws_sns_topic.this.policy).Statement[2].Principal == { AWS = ["arn:aws:iam::444455556666:root"] } && !contains(keys(jsondecode(aws_sns_topic.this.policy).Statement[2]), "Condition")
    error_message = "A named account must be able to publish."
  }
}

run "lets_an_organization_publish_only_with_the_organization_as_a_condition" {
  command = plan
  variables { publishers = { company = { organization_id = "o-abcdefghij" } } }

  assert {
    condition     = jsondecode(aws_sns_topic.this.policy).Statement[2].Principal == { AWS = ["*"] } && jsondecode(aws_sns_topic.this.policy).Statement[2].Condition == { StringEquals = { "aws:PrincipalOrgID" = ["o-abcdefghij"] } }
    error_message = "A wildcard principal must never stand without aws:PrincipalOrgID."
  }
}

run "passes_traces_through_without_a_policy_for_x_ray" {
  command = plan

  assert {
    condition     = aws_sns_topic.this.tracing_config == "PassThrough" && length(aws_xray_resource_policy.this) == 0
    error_message = "Passing a trace on needs no access to X-Ray."
  }
}

run "records_itself_in_x_ray_when_tracing_is_active" {
  command = plan
  variables { tracing = "Active" }

  assert {
    condition     = aws_sns_topic.this.tracing_config == "Active" && jsondecode(aws_xray_resource_policy.this[0].policy_document).Statement[0].Condition.ArnEquals["aws:SourceArn"] == ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"]
    error_message = "SNS must be able to write the traces of this topic, and of no other."
  }
}

run "alarms_on_failed_lost_and_unreadable_messages" {
  command = plan

  assert {
    condition = { for name, alarm in module.alarms.alarms : name => alarm.metric_name } == {
      orderflow-dev-order-changes-failed             = "NumberOfNotificationsFailed"
      orderflow-dev-order-changes-lost               = "NumberOfNotificationsFailedToRedriveToDlq"
      orderflow-dev-order-changes-invalid-body       = "NumberOfNotificationsFilteredOut-InvalidMessageBody"
      orderflow-dev-order-changes-invalid-attributes = "NumberOfNotificationsFilteredOut-InvalidAttributes"
    }
    error_message = "Each way in which a message fails to arrive must have its alarm."
  }

  assert {
    condition     = alltrue([for alarm in module.alarms.alarms : alarm.dimensions.TopicName == "orderflow-dev-order-changes" && alarm.alarm_actions == toset([var.alarm_topic_arn])])
    error_message = "The alarms must watch this topic and notify the one that was given."
  }
}
