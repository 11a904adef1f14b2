locals {
  on_function = { FunctionName = aws_lambda_function.this.function_name }
  streams     = length(var.stream_sources) > 0

  alarms = { for key, alarm in {
    errors = {
      when      = true
      namespace = "AWS/Lambda", metric = "Errors", dimensions = local.on_function, statistic = "Sum", threshold = 0
      meaning   = "${var.name} raised an error or timed out: what it was given is retried. See its log."
    }
    throttles = {
      when      = true
      namespace = "AWS/Lambda", metric = "Throttles", dimensions = local.on_function, statistic = "Sum", threshold = 0
      meaning   = "${var.name} is refused for lack of concurrency: compare its reservation and the account's quota with its load."
    }
    duration = {
      when      = true
      namespace = "AWS/Lambda", metric = "Duration", dimensions = local.on_function, statistic = "Maximum", threshold = 800 * var.sizing.timeout_seconds
      meaning   = "${var.name} needed over 80% of its ${var.sizing.timeout_seconds} s: the next slower call is cut off."
    }
    iterator-age = {
      when      = local.streams
      namespace = "AWS/Lambda", metric = "IteratorAge", dimensions = local.on_function, statistic = "Maximum", threshold = 900000
      meaning   = "${var.name} is 15 minutes behind its stream: one record fails again and again, or it is too slow. The stream forgets after 24 hours."
    }
    dropped-events = {
      when      = var.invocation == "asynchronous"
      namespace = "AWS/Lambda", metric = "AsyncEventsDropped", dimensions = local.on_function, statistic = "Sum", threshold = 0
      meaning   = "Lambda gave up on events for ${var.name} and sent them to ${local.dead_letter_queue_name}."
    }
    undelivered-failures = {
      when      = var.invocation == "asynchronous" || local.streams
      namespace = "AWS/Lambda", metric = "DestinationDeliveryFailures", dimensions = local.on_function, statistic = "Sum", threshold = 0
      meaning   = "Events that ${var.name} could not handle did not reach their failure destination either and are lost: check the role, the key and the destination."
    }
    dead-letter = {
      when      = local.has_dead_letter_queue
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = local.dead_letter_queue_name }, statistic = "Maximum", threshold = 0
      meaning   = "${local.dead_letter_queue_name} holds events that ${var.name} could not handle. Look at their reasons, mend the cause, then redrive them."
    }
  } : key => alarm if alarm.when }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "${each.value.meaning} Runbook: docs/runbooks/function-${each.key}.md"

  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}
