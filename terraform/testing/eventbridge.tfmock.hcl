mock_resource "aws_cloudwatch_event_bus" { defaults = { arn = "arn:aws:events:eu-west-1:111122223333:event-bus/mock" } }
mock_resource "aws_cloudwatch_event_rule" { defaults = { arn = "arn:aws:events:eu-west-1:111122223333:rule/mock/mock" } }
mock_resource "aws_cloudwatch_event_archive" { defaults = { arn = "arn:aws:events:eu-west-1:111122223333:archive/mock" } }

mock_resource "aws_cloudwatch_event_connection" {
  defaults = {
    arn        = "arn:aws:events:eu-west-1:111122223333:connection/mock/11111111-2222-3333-4444-555555555555"
    secret_arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:events!connection/mock/11111111-2222-3333-4444-555555555555-AbCdEf"
  }
}

mock_resource "aws_cloudwatch_event_api_destination" {
  defaults = { arn = "arn:aws:events:eu-west-1:111122223333:api-destination/mock/11111111-2222-3333-4444-555555555555" }
}

mock_resource "aws_scheduler_schedule" { defaults = { arn = "arn:aws:scheduler:eu-west-1:111122223333:schedule/default/mock" } }
mock_resource "aws_scheduler_schedule_group" { defaults = { arn = "arn:aws:scheduler:eu-west-1:111122223333:schedule-group/mock" } }
mock_resource "aws_schemas_registry" { defaults = { arn = "arn:aws:schemas:eu-west-1:111122223333:registry/mock" } }
mock_resource "aws_schemas_schema" { defaults = { arn = "arn:aws:schemas:eu-west-1:111122223333:schema/mock/mock", version = "1" } }

mock_resource "aws_schemas_discoverer" {
  defaults = { arn = "arn:aws:schemas:eu-west-1:111122223333:discoverer/events-event-bus-mock", id = "events-event-bus-mock" }
}
