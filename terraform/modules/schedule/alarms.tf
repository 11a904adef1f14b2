module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = {
    # Scheduler reports by group, so this alarm covers the others in a shared group too.
    "${var.name}-undelivered-failures" = {
      description         = "Failed invocations of group ${local.group_name} did not reach their dead-letter queue either and are lost: check the role, the key and the queue."
      kind                = "schedule-undelivered-failures"
      namespace           = "AWS/Scheduler"
      metric_name         = "InvocationsFailedToBeSentToDeadLetterCount"
      dimensions          = { ScheduleGroup = local.group_name }
      evaluation_periods  = 5
      datapoints_to_alarm = 1
    }
  }
}
