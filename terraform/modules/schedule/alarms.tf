module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = {
    # Scheduler's metrics are per group, so in a shared group this alarm also covers the other schedules.
    "${var.name}-undelivered-failures" = {
      description         = "Failed invocations of group ${local.group_name} could not be sent to their dead-letter queue and are lost: check the role, the key and the queue."
      kind                = "schedule-undelivered-failures"
      namespace           = "AWS/Scheduler"
      metric_name         = "InvocationsFailedToBeSentToDeadLetterCount"
      dimensions          = { ScheduleGroup = local.group_name }
      evaluation_periods  = 5
      datapoints_to_alarm = 1
    }
  }
}
