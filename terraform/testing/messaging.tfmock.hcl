mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-west-1:111122223333:mock", id = "arn:aws:sns:eu-west-1:111122223333:mock", owner = "111122223333" }
}

mock_resource "aws_sns_topic_subscription" {
  defaults = {
    arn                  = "arn:aws:sns:eu-west-1:111122223333:mock:11111111-2222-3333-4444-555555555555"
    id                   = "arn:aws:sns:eu-west-1:111122223333:mock:11111111-2222-3333-4444-555555555555"
    owner_id             = "111122223333"
    pending_confirmation = false
  }
}

mock_resource "aws_sns_platform_application" {
  defaults = { arn = "arn:aws:sns:eu-west-1:111122223333:app/GCM/mock", id = "arn:aws:sns:eu-west-1:111122223333:app/GCM/mock" }
}

mock_resource "aws_sqs_queue" {
  defaults = {
    arn = "arn:aws:sqs:eu-west-1:111122223333:mock"
    id  = "https://sqs.eu-west-1.amazonaws.com/111122223333/mock"
    url = "https://sqs.eu-west-1.amazonaws.com/111122223333/mock"
  }
}
