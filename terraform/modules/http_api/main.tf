resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  tags          = var.tags
  protocol_type = "HTTP"

  disable_execute_api_endpoint = var.domain == null ? false : var.domain.only

  dynamic "cors_configuration" {
    for_each = var.cors[*]
    content {
      allow_origins     = cors_configuration.value.allow_origins
      allow_methods     = cors_configuration.value.allow_methods
      allow_headers     = cors_configuration.value.allow_headers
      expose_headers    = cors_configuration.value.expose_headers
      allow_credentials = cors_configuration.value.allow_credentials
      max_age           = cors_configuration.value.max_age_seconds
    }
  }
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  tags        = var.tags
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.throttling.rate_limit
    throttling_burst_limit   = var.throttling.burst_limit
    detailed_metrics_enabled = true
  }

  # The log deliberately omits the caller, IP address and user agent, and has the route key instead of the path, which can contain an order ID.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      request_id         = "$context.requestId"
      requested_at       = "$context.requestTime"
      route              = "$context.routeKey"
      status             = "$context.status"
      error              = "$context.error.responseType"
      authorizer_error   = "$context.authorizer.error"
      latency_ms         = "$context.responseLatency"
      integration_ms     = "$context.integrationLatency"
      integration_status = "$context.integrationStatus"
      integration_error  = "$context.integrationErrorMessage"
      response_bytes     = "$context.responseLength"
    })
  }
}

# Log groups with this prefix share one entry of the account's CloudWatch Logs resource policy, which is limited in size.
resource "aws_cloudwatch_log_group" "access" {
  #checkov:skip=CKV_AWS_338:Access logs are operational data, not records; each environment sets how long they are kept.
  name              = "/aws/vendedlogs/apigateway/${var.name}"
  tags              = var.tags
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
