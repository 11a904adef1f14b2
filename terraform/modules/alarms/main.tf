resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms

  alarm_name        = each.key
  alarm_description = "${each.value.description} Kind: ${each.value.kind}."

  namespace           = length(each.value.sum_of) == 0 ? each.value.namespace : null
  metric_name         = length(each.value.sum_of) == 0 ? each.value.metric_name : null
  dimensions          = length(each.value.sum_of) == 0 ? each.value.dimensions : null
  statistic           = length(each.value.sum_of) == 0 && each.value.extended_statistic == null ? each.value.statistic : null
  extended_statistic  = each.value.extended_statistic
  period              = length(each.value.sum_of) == 0 ? each.value.period : null
  comparison_operator = each.value.comparison_operator
  threshold           = each.value.threshold
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = each.value.datapoints_to_alarm
  treat_missing_data  = "notBreaching"

  dynamic "metric_query" {
    for_each = length(each.value.sum_of) > 0 ? ["SUM(METRICS())"] : []
    content {
      id          = "sum"
      expression  = metric_query.value
      label       = each.value.metric_name
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = each.value.sum_of
    content {
      id = lower(metric_query.key)

      metric {
        namespace   = each.value.namespace
        metric_name = each.value.metric_name
        dimensions  = metric_query.value
        stat        = each.value.statistic
        period      = each.value.period
      }
    }
  }

  alarm_actions = compact([var.topic_arn])
  ok_actions    = compact([var.topic_arn])
  tags          = var.tags
}
