resource "aws_scheduler_schedule_group" "shared" { name = "${local.name}-shared" }

module "every_minute" {
  source          = "../../../terraform/modules/schedule"
  name            = "${local.name}-every-minute"
  kms_key_arn     = module.key.key_arn
  expression      = "rate(1 minute)"
  alarm_topic_arn = module.alarms.topic_arn

  target = { queue_arn = module.received["schedule"].queue_arn, input = jsonencode({ by = "scheduler" }) }
}

module "weekdays" {
  source                  = "../../../terraform/modules/schedule"
  name                    = "${local.name}-weekdays"
  kms_key_arn             = module.key.key_arn
  expression              = "cron(0 6 ? * MON-FRI *)"
  timezone                = "Europe/Berlin"
  flexible_window_minutes = 15
  enabled                 = false
  group_name              = aws_scheduler_schedule_group.shared.name
  retry                   = { maximum_attempts = 5, maximum_event_age_seconds = 600 }
  alarm_topic_arn         = module.alarms.topic_arn

  target = { function_arn = module.echo.function_arn, input = jsonencode({ by = "scheduler" }) }
}

module "schedule_rule" {
  source              = "../../../terraform/modules/event_rule"
  name                = "${local.name}-sweep"
  schedule_expression = "rate(1 minute)"

  targets = { received = { sqs = { queue_arn = module.received["schedule"].queue_arn }, input = { constant = jsonencode({ by = "rule" }) } } }
}
