locals {
  thresholds   = var.observability.alarm_thresholds
  reads_stream = length(var.stream_sources) > 0

  alarms = {
    errors = {
      enabled     = true
      metric      = "Errors", statistic = "Sum", threshold = local.thresholds.errors
      description = "${var.name} raised an error or timed out: check its log."
    }
    throttles = {
      enabled     = true
      metric      = "Throttles", statistic = "Sum", threshold = local.thresholds.throttles
      description = "${var.name} is throttled: compare its reserved concurrency and the account's quota with its load."
    }
    duration = {
      enabled     = true
      metric      = "Duration", statistic = "Maximum", threshold = 10 * local.thresholds.duration_percent * var.sizing.timeout_seconds
      description = "${var.name} used more than ${local.thresholds.duration_percent}% of its timeout of ${var.sizing.timeout_seconds} s: a slower invocation may time out."
    }
    iterator-age = {
      enabled     = local.reads_stream
      metric      = "IteratorAge", statistic = "Maximum", threshold = 1000 * local.thresholds.iterator_age_seconds
      description = "${var.name} is more than ${local.thresholds.iterator_age_seconds} s behind its stream: a record keeps failing, or the function is too slow. DynamoDB discards records after 24 hours."
    }
    dropped-events = {
      enabled     = var.invocation.mode == "asynchronous"
      metric      = "AsyncEventsDropped", statistic = "Sum", threshold = 0
      description = "Lambda stopped retrying events for ${var.name} and sent them to its dead-letter queue."
    }
    undelivered-failures = {
      enabled     = var.invocation.mode == "asynchronous" || local.reads_stream
      metric      = "DestinationDeliveryFailures", statistic = "Sum", threshold = 0
      description = "Lambda could not write the record of a failed invocation of ${var.name} to the failure destination, so no queue or bucket contains it: check the role, the key and the destination."
    }
  }
}

module "alarms" {
  source    = "../alarms"
  topic_arn = var.observability.alarm_topic_arn
  tags      = var.tags

  alarms = { for suffix, alarm in local.alarms : "${var.name}-${suffix}" => {
    description         = alarm.description
    kind                = "function-${suffix}"
    namespace           = "AWS/Lambda"
    metric_name         = alarm.metric
    dimensions          = { FunctionName = var.name }
    statistic           = alarm.statistic
    threshold           = alarm.threshold
    evaluation_periods  = 5
    datapoints_to_alarm = 1
  } if alarm.enabled }
}
