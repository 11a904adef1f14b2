output "alarms" {
  description = "The alarms, by name."
  value       = aws_cloudwatch_metric_alarm.this
}
