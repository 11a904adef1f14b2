output "application_arn" {
  description = "ARN of the platform application, with which the app's backend registers devices (`sns:CreatePlatformEndpoint`)."
  value       = aws_sns_platform_application.this.arn
}
