module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = {
    "${var.name}-late" = {
      description = "The oldest record in ${var.name} has waited over ${var.late_after_seconds} s for delivery. Firehose retries for 24 hours: check its log, the role, the key and the bucket."
      kind        = "delivery_stream-late"
      namespace   = "AWS/Firehose"
      metric_name = "DeliveryToS3.DataFreshness"
      dimensions  = { DeliveryStreamName = var.name }
      statistic   = "Maximum"
      threshold   = var.late_after_seconds
      period      = 300
    }
    "${var.name}-too-many-partitions" = {
      description = "${var.name} exceeds its quota of active partitions, so records with other partition values go to ${var.error_prefix}. Check which entry of `partitions` has a query that returns many different values."
      kind        = "delivery_stream-too-many-partitions"
      namespace   = "AWS/Firehose"
      metric_name = "PartitionCountExceeded"
      dimensions  = { DeliveryStreamName = var.name }
      statistic   = "Maximum"
      period      = 300
    }
  }
}
