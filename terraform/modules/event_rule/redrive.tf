# A dead letter of an API destination cannot be sent to it directly: EventBridge calls it, with the secret of its connection. It
# goes back as an event of a source that this rule, and no other, matches. So no other target of the bus sees it a second time.
locals {
  redrive_names   = { for key in keys(local.api_destinations) : key => "${var.name}-${key}-redrive" }
  redrive_sources = { for key in keys(local.api_destinations) : key => "redrive.${var.name}.${key}" }
  redrive_arns = {
    for key, name in local.redrive_names :
    key => "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.bus_name == "default" ? "" : "${var.bus_name}/"}${name}"
  }
}

resource "aws_cloudwatch_event_rule" "redrive" {
  for_each = local.redrive_names

  name           = each.value
  description    = "Takes dead letters of ${each.key} back to it"
  event_bus_name = var.bus_name
  event_pattern = jsonencode({
    account       = [local.account]
    source        = [local.redrive_sources[each.key]]
    "replay-name" = [{ exists = false }]
  })

  lifecycle {
    precondition {
      condition     = length(each.value) <= 64
      error_message = "Shorten `name` or the key of target '${each.key}': its redrive rule '${each.value}' would be longer than the 64 characters EventBridge allows."
    }
  }
}

resource "aws_cloudwatch_event_target" "redrive" {
  for_each = local.api_destinations

  rule           = aws_cloudwatch_event_rule.redrive[each.key].name
  event_bus_name = var.bus_name
  target_id      = each.key
  arn            = local.target_arns[each.key]
  role_arn       = aws_iam_role.target[each.key].arn
  input          = one(var.targets[each.key].input[*].constant)
  input_path     = one(var.targets[each.key].input[*].path)

  dead_letter_config {
    arn = aws_sqs_queue.dead_letter[each.key].arn
  }

  retry_policy {
    maximum_retry_attempts       = var.targets[each.key].retry.maximum_attempts
    maximum_event_age_in_seconds = var.targets[each.key].retry.maximum_age_seconds
  }

  dynamic "input_transformer" {
    for_each = [for input in var.targets[each.key].input[*] : input if input.template != null]

    content {
      input_paths    = input_transformer.value.values
      input_template = input_transformer.value.template
    }
  }

  dynamic "http_target" {
    for_each = [for call in [each.value] : call if length(call.header_parameters) + length(call.query_parameters) + length(call.path_parameters) > 0]

    content {
      header_parameters       = http_target.value.header_parameters
      query_string_parameters = http_target.value.query_parameters
      path_parameter_values   = http_target.value.path_parameters
    }
  }

  depends_on = [aws_iam_role_policy.target]
}

resource "aws_cloudwatch_metric_alarm" "redrive" {
  for_each = local.redrive_names

  alarm_name        = "${each.value}-lost"
  alarm_description = "The rule ${each.value} could not even put an event back into its dead-letter queue. The event is lost there, the receipt of the redrive names it: check the queue's policy and key. Runbook: docs/runbooks/event_rule-lost.md"

  namespace           = "AWS/Events"
  metric_name         = "InvocationsFailedToBeSentToDlq"
  dimensions          = merge({ RuleName = each.value }, var.bus_name == "default" ? {} : { EventBusName = var.bus_name })
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
  ok_actions          = compact([var.alarm_topic_arn])
}
