mock_resource "aws_cloudwatch_log_group" { defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:mock" } }
mock_resource "aws_cloudwatch_metric_alarm" { defaults = { arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:mock" } }
mock_resource "aws_cloudwatch_composite_alarm" { defaults = { arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:mock" } }
mock_resource "aws_cloudwatch_dashboard" { defaults = { dashboard_arn = "arn:aws:cloudwatch::111122223333:dashboard/mock" } }
