resource "aws_cloudwatch_metric_alarm" "server_errors" {
  alarm_name        = "${var.name}-5xx"
  alarm_description = "${var.name} answers with server errors: see integration_error in its access log, then the function's log. Runbook: docs/runbooks/http_api-5xx.md"

  namespace           = "AWS/ApiGateway"
  metric_name         = "5xx"
  dimensions          = { ApiId = aws_apigatewayv2_api.this.id }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name        = "${var.name}-latency"
  alarm_description = "The slowest hundredth of the requests to ${var.name} takes over ${var.latency_alarm_milliseconds} ms: compare latency_ms with integration_ms in its access log. Runbook: docs/runbooks/http_api-latency.md"

  namespace           = "AWS/ApiGateway"
  metric_name         = "Latency"
  dimensions          = { ApiId = aws_apigatewayv2_api.this.id }
  extended_statistic  = "p99"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.latency_alarm_milliseconds
  treat_missing_data  = "notBreaching"

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}
