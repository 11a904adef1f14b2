output "api_id" {
  description = "ID of the API."
  value       = aws_apigatewayv2_api.this.id
}

output "api_endpoint" {
  description = "Base URL of the API, without a trailing slash: that of its custom domain if it has one."
  value       = var.domain == null ? aws_apigatewayv2_api.this.api_endpoint : "https://${var.domain.name}"
  depends_on  = [aws_apigatewayv2_stage.this, aws_apigatewayv2_route.this, aws_lambda_permission.this]
}

output "domain_target" {
  description = "Host name that the domain's DNS record must point to, and that host's hosted zone ID; null without a domain."
  value       = one([for domain in aws_apigatewayv2_domain_name.this : { host = domain.domain_name_configuration[0].target_domain_name, zone_id = domain.domain_name_configuration[0].hosted_zone_id }])
}

output "execution_arn" {
  description = "ARN prefix of the API's routes, for Lambda permissions."
  value       = aws_apigatewayv2_api.this.execution_arn
}

output "access_log_group_name" {
  description = "Name of the log group for the access log."
  value       = aws_cloudwatch_log_group.access.name
}
