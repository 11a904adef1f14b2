module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = {
    "${var.name}-5xx" = {
      description         = "${var.name} returns server errors: check integration_error in its access log, then the function's log."
      kind                = "http_api-5xx"
      namespace           = "AWS/ApiGateway"
      metric_name         = "5xx"
      dimensions          = { ApiId = aws_apigatewayv2_api.this.id }
      evaluation_periods  = 5
      datapoints_to_alarm = 1
    }
    "${var.name}-latency" = {
      description         = "The p99 latency of ${var.name} exceeds ${var.latency_alarm_milliseconds} ms: compare latency_ms with integration_ms in its access log."
      kind                = "http_api-latency"
      namespace           = "AWS/ApiGateway"
      metric_name         = "Latency"
      dimensions          = { ApiId = aws_apigatewayv2_api.this.id }
      extended_statistic  = "p99"
      threshold           = var.latency_alarm_milliseconds
      evaluation_periods  = 5
      datapoints_to_alarm = 3
    }
  }
}
