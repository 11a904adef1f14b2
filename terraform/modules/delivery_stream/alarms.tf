locals {
  alarms = {
    late = {
      metric    = "DeliveryToS3.DataFreshness"
      threshold = var.late_after_seconds
      meaning   = "The oldest record in ${var.name} has waited over ${var.late_after_seconds} s for its delivery. Firehose keeps trying for 24 hours: see its log, the role, the key and the bucket."
    }
    too-many-partitions = {
      metric    = "PartitionCountExceeded"
      threshold = 0
      meaning   = "${var.name} has more partitions at a time than Firehose allows: what is beyond them goes to ${var.error_prefix}. A field with many values has become part of the prefix."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "${each.value.meaning} Runbook: docs/runbooks/delivery_stream-${each.key}.md"

  namespace           = "AWS/Firehose"
  metric_name         = each.value.metric
  dimensions          = { DeliveryStreamName = aws_kinesis_firehose_delivery_stream.this.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}
