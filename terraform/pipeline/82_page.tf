# The alarm that pages: a composite of the alarms on symptoms that affect customers or money. Each of these alarms has a
# runbook. An alarm on a cause without a symptom pages nobody.
locals {
  symptom_alarm_names = concat(
    [for api in ["storefront", "webhooks"] : "${local.prefix}-${api}-5xx"],
    [for function in values(local.all_functions) : "${function.name}-iterator-age" if function.failure_bucket != null],
    [for queue in values(local.queues) : "${queue.name}-oldest-message"],
    [for name in setsubtract(local.dead_letter_queue_names, values(local.queues)[*].name) : "${name}-not-empty" if !startswith(name, "${local.prefix}-pages-")],
    ["${local.prefix}-payment-unanswered"],
    aws_cloudwatch_metric_alarm.no_orders[*].alarm_name,
  )

  page_keys = toset(length(var.alarm_destinations) > 0 ? ["page"] : [])
}

resource "aws_cloudwatch_composite_alarm" "page" {
  for_each = local.page_keys

  alarm_name        = "${local.prefix}-page"
  alarm_description = "Requests fail, orders are delayed or missing, payments are unanswered, or messages are in a dead-letter queue. To see which alarms triggered this one, run scripts/orderflow status --environment ${var.environment}. Kind: page."
  alarm_rule        = join(" OR ", [for name in local.symptom_alarm_names : "ALARM(\"${name}\")"])
  alarm_actions     = [module.pages[each.key].topic_arn]
  ok_actions        = [module.pages[each.key].topic_arn]

  # A composite alarm may refer only to alarms that already exist.
  depends_on = [
    module.storefront_http, module.webhooks_http, module.relay, module.stream_reader, module.payment_unanswered,
    module.intake, module.finance_queue, module.warehouse_queue, module.customer_service_queue, module.unrouted, module.bus,
    module.till_file_rule, module.intake_rule, module.deadline_check, module.pos_import, module.payment_deadline, module.recorder,
    module.finance, module.warehouse, module.customer_service, module.subscriptions, module.notice_subscriptions, module.alarm_subscriptions,
    module.tap_schedule, module.forward_rule, module.payment_request_rule, module.refund_request_rule, module.void_request_rule,
    module.shipment_notice_rule, module.unknown_event_rule, module.analytics_rule, module.tap_rule,
  ]

  lifecycle {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    precondition {
      condition     = length(local.symptom_alarm_names) <= 100
      error_message = "The page alarm must combine at most 100 alarms, the limit of a composite alarm; got ${length(local.symptom_alarm_names)}. Exclude the dead-letter queues of other teams' subscribers from symptom_alarm_names, and page those teams with their own alarms."
    }
  }
}

# An outage without errors looks like a quiet night, so this alarm applies only in the hours of `orders_expected`.
resource "aws_cloudwatch_metric_alarm" "no_orders" {
  count = var.orders_expected == null ? 0 : 1

  alarm_name          = "${local.prefix}-no-orders"
  alarm_description   = "No order event matched the recorder's rule for an hour in which orders are expected. Check the storefront and its callers. Kind: no-orders."
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [module.alarms.topic_arn]

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (HOUR is UTC)
  metric_query {
    id          = "expected"
    expression  = "IF(HOUR(FILL(matched, 0)) >= ${var.orders_expected.from_hour} AND HOUR(FILL(matched, 0)) < ${var.orders_expected.to_hour}, FILL(matched, 0), 1)"
    label       = "Order events in hours when they are expected"
    return_data = true
  }

  metric_query {
    id = "matched"

    metric {
      namespace   = "AWS/Events"
      metric_name = "MatchedEvents"
      dimensions  = { EventBusName = local.bus_name, RuleName = local.rules.intake.name }
      stat        = "Sum"
      period      = 3600
    }
  }
}

module "pages" {
  source   = "../modules/topic"
  for_each = local.page_keys

  name         = "${local.prefix}-pages"
  audience     = "people"
  display_name = "Orders"
  kms_key_arn  = var.kms_key_arn

  publishers = {
    alarms = {
      service    = "cloudwatch.amazonaws.com"
      source_arn = "arn:${local.partition}:cloudwatch:${local.region_and_account}:alarm:${local.prefix}-page"
    }
  }
}

module "page_subscriptions" {
  source   = "../modules/subscriptions"
  for_each = module.pages

  name          = "${local.prefix}-pages"
  topic         = each.value.topic
  subscriptions = var.alarm_destinations
  kms_key_arn   = var.kms_key_arn
}
