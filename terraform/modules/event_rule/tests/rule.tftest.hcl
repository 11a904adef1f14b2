mock_provider "aws" { source = "../../testing" }

variables {
  name            = "orderflow-dev-recorder"
  bus_name        = "orderflow-dev-orders"
  event_pattern   = "{\"source\":[\"orderflow.webhooks\"],\"detail-type\":[\"PaymentCaptured\"]}"
  targets         = { intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake" } } }
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-alarms"
}

run "a_rule_has_the_given_pattern_and_a_dead_letter_queue" {
  command = plan
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.this.event_pattern) == { source = ["orderflow.webhooks"], detail-type = ["PaymentCaptured"] }
    error_message = "The rule must have the given pattern unchanged, so that it also matches replayed events and other accounts' events."
  }
  assert {
    condition     = output.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-recorder"
    error_message = "The rule's ARN must contain the bus and be known at plan time."
  }
  assert {
    condition     = jsondecode(module.dead_letter_queue["intake"].settings.policy).Statement[1].Condition == { ArnEquals = { "aws:SourceArn" = [output.rule_arn] } } && module.dead_letter_queue["intake"].settings.kms_master_key_id == var.kms_key_arn
    error_message = "Only this rule may send to the dead-letter queue, which must be encrypted with the given key."
  }
  assert {
    condition = { for name, alarm in module.alarms.alarms : name => [alarm.metric_name, alarm.dimensions, alarm.alarm_actions] } == {
      orderflow-dev-recorder-failed = ["FailedInvocations", tomap({ RuleName = "orderflow-dev-recorder", EventBusName = "orderflow-dev-orders" }), toset([var.alarm_topic_arn])]
      orderflow-dev-recorder-lost   = ["InvocationsFailedToBeSentToDlq", tomap({ RuleName = "orderflow-dev-recorder", EventBusName = "orderflow-dev-orders" }), toset([var.alarm_topic_arn])]
    }
    error_message = "Failed and lost events must each have an alarm that notifies the topic."
  }
}

run "replayed_events_are_excluded_and_the_pattern_is_not_escaped" {
  command = plan
  variables {
    exclude_replays = true
    event_pattern   = jsonencode({ detail = { data = { total = { amount = [{ numeric = [">=", 10000, "<", 50000] }] } } } })
  }
  assert {
    condition     = jsondecode(output.event_pattern).replay-name == [{ exists = false }]
    error_message = "Replayed events have a `replay-name`, so the rule must require that it is absent."
  }
  assert {
    condition     = startswith(aws_cloudwatch_event_rule.this.event_pattern, "{\"detail\":{\"data\":{\"total\":{\"amount\":[{\"numeric\":[\">=\",10000,\"<\",50000]}]}}}")
    error_message = "< and > must not be escaped: each would count as six of the 2,048 characters."
  }
}

run "a_pattern_of_exactly_2048_characters_is_accepted" {
  command = plan
  variables { event_pattern = jsonencode({ source = [format("%02033d", 0)] }) }
  assert {
    condition     = length(aws_cloudwatch_event_rule.this.event_pattern) == 2048
    error_message = "A pattern of 2,048 characters, EventBridge's limit, must be accepted."
  }
}

run "a_rule_with_external_effects_excludes_other_accounts_and_replays" {
  command = plan
  variables { external_effects = true }
  assert {
    condition     = jsondecode(output.event_pattern).account == ["111122223333"] && jsondecode(output.event_pattern).replay-name == [{ exists = false }]
    error_message = "A rule with effects outside this system must name the account and exclude replays."
  }
}

run "the_rule_keeps_an_account_named_in_the_pattern" {
  command = plan
  variables {
    external_effects = true
    event_pattern    = "{\"source\":[\"partner.shop\"],\"account\":[\"444455556666\"]}"
  }
  assert {
    condition     = jsondecode(output.event_pattern).account == ["444455556666"]
    error_message = "An account that the given pattern names must remain in the rule's pattern."
  }
}

run "a_scheduled_rule_is_on_the_default_bus" {
  command = plan
  variables {
    bus_name            = "default"
    event_pattern       = null
    schedule_expression = "rate(5 minutes)"
  }
  assert {
    condition     = output.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-recorder" && module.alarms.alarms["orderflow-dev-recorder-failed"].dimensions == tomap({ RuleName = "orderflow-dev-recorder" })
    error_message = "On the default bus, neither the rule's ARN nor its metrics may name the bus."
  }
  assert {
    condition     = aws_cloudwatch_event_rule.this.schedule_expression == "rate(5 minutes)" && output.event_pattern == null
    error_message = "A schedule must have no pattern."
  }
}

run "every_target_has_a_retry_policy_and_its_own_dead_letter_queue" {
  variables {
    targets = merge({ for i in range(4) : "queue_${i}" => { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orders-${i}" } } }, {
      audit = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-audit" }, retry = { maximum_attempts = 3, maximum_age_seconds = 60 } }
    })
  }
  assert {
    condition     = length(aws_cloudwatch_event_target.this) == 5 && alltrue([for key, target in aws_cloudwatch_event_target.this : one(target.dead_letter_config).arn == module.dead_letter_queue[key].queue.arn])
    error_message = "Each of five targets, the limit of a rule, must have its own dead-letter queue."
  }
  assert {
    condition     = output.dead_letter_queues.queue_0.name == "orderflow-dev-recorder-queue-0-dlq" && output.dead_letter_queues.audit.name == "orderflow-dev-recorder-audit-dlq"
    error_message = "Two targets must not share one dead-letter queue."
  }
  assert {
    condition = { for key in ["queue_0", "audit"] : key => one(aws_cloudwatch_event_target.this[key].retry_policy) } == {
      queue_0 = { maximum_retry_attempts = 24, maximum_event_age_in_seconds = 3600 }
      audit   = { maximum_retry_attempts = 3, maximum_event_age_in_seconds = 60 }
    }
    error_message = "The default must be 24 retries within an hour, which a target's own values override."
  }
}
