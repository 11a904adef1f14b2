locals {
  # DynamoDB counts throttled requests of the table and of each index apart.
  throttled = merge([
    for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] : merge(
      { (metric) = { metric = metric, dimensions = { TableName = aws_dynamodb_table.this.name } } },
      {
        for index in keys(var.global_secondary_indexes) : "${index}-${metric}" => {
          metric     = metric
          dimensions = { TableName = aws_dynamodb_table.this.name, GlobalSecondaryIndexName = index }
        }
      },
    )
  ]...)

  operations = ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"]
}

resource "aws_cloudwatch_metric_alarm" "throttled" {
  for_each = local.throttled

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "DynamoDB refuses requests to ${var.name} for lack of capacity: look for a hot key, a sudden rise or an account limit. Runbook: docs/runbooks/table_with_stream-throttled.md"

  namespace           = "AWS/DynamoDB"
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}

resource "aws_cloudwatch_metric_alarm" "system_errors" {
  alarm_name        = "${var.name}-SystemErrors"
  alarm_description = "DynamoDB answers requests to ${var.name} with an internal error. Callers retry; if it lasts, see the AWS Health Dashboard. Runbook: docs/runbooks/table_with_stream-SystemErrors.md"

  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "all"
    expression  = "SUM(METRICS())"
    label       = "System errors of all operations"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.operations

    content {
      id = lower(metric_query.value)

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = "SystemErrors"
        dimensions  = { TableName = aws_dynamodb_table.this.name, Operation = metric_query.value }
        stat        = "Sum"
        period      = 60
      }
    }
  }

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}
