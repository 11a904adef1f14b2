locals {
  thresholds = var.observability.alarm_thresholds
  streams    = length(var.stream_sources) > 0

  alarms = {
    errors = {
      when    = true
      metric  = "Errors", statistic = "Sum", threshold = local.thresholds.errors
      meaning = "${var.name} raised an error or timed out, and its events are retried: see its log."
    }
    throttles = {
      when    = true
      metric  = "Throttles", statistic = "Sum", threshold = local.thresholds.throttles
      meaning = "${var.name} is throttled: compare its reserved concurrency and the account's quota with its load."
    }
    duration = {
      when    = true
      metric  = "Duration", statistic = "Maximum", threshold = 10 * local.thresholds.duration_percent * var.sizing.timeout_seconds
      meaning = "${var.name} took over ${local.thresholds.duration_percent}% of its timeout of ${var.sizing.timeout_seconds} s: a slower invocation would time out."
    }
    iterator-age = {
      when    = local.streams
      metric  = "IteratorAge", statistic = "Maximum", threshold = 1000 * local.thresholds.iterator_age_seconds
      meaning = "${var.name} is ${local.thresholds.iterator_age_seconds} s behind its stream: one record keeps failing, or the function is too slow. DynamoDB discards records after 24 hours."
    }
    dropped-events = {
      when    = var.invocation.mode == "asynchronous"
      metric  = "AsyncEventsDropped", statistic = "Sum", threshold = 0
      meaning = "Lambda gave up on events for ${var.name} and sent them to its dead-letter queue."
    }
    undelivered-failures = {
      when    = var.invocation.mode == "asynchronous" || local.streams
      metric  = "DestinationDeliveryFailures", statistic = "Sum", threshold = 0
      meaning = "Failed events of ${var.name} did not reach their failure destination either and are lost: check the role, the key and the destination."
    }
  }
}

module "alarms" {
  source    = "../alarms"
  topic_arn = var.observability.alarm_topic_arn
  tags      = var.tags

  alarms = { for ending, alarm in local.alarms : "${var.name}-${ending}" => {
    description         = alarm.meaning
    kind                = "function-${ending}"
    namespace           = "AWS/Lambda"
    metric_name         = alarm.metric
    dimensions          = { FunctionName = var.name }
    statistic           = alarm.statistic
    threshold           = alarm.threshold
    evaluation_periods  = 5
    datapoints_to_alarm = 1
  } if alarm.when }
}
