output "alarms" {
  description = "Alarms (`aws_cloudwatch_metric_alarm`), by name."
  value       = aws_cloudwatch_metric_alarm.this
}
