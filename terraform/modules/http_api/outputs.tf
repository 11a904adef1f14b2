output "api_id" {
  description = "Id of the API."
  value       = aws_apigatewayv2_api.this.id
}

output "api_endpoint" {
  description = "Base URL of the API, without a trailing slash."
  value       = aws_apigatewayv2_api.this.api_endpoint
  depends_on  = [aws_apigatewayv2_stage.this, aws_apigatewayv2_route.this, aws_lambda_permission.this]
}

output "execution_arn" {
  description = "ARN prefix of the API's routes, as used in permissions."
  value       = aws_apigatewayv2_api.this.execution_arn
}

output "stage_arn" {
  description = "ARN of the stage, for example for a web application firewall."
  value       = aws_apigatewayv2_stage.this.arn
}

output "access_log_group_name" {
  description = "Name of the access log's log group."
  value       = aws_cloudwatch_log_group.access.name
}
