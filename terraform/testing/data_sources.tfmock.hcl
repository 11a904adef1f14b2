# What the mocked provider answers in every `terraform test`: values that pass the provider's own checks (ARNs, URLs, policy
# JSON), in one invented account and Region, so that a test asserts on behaviour and never on a random string.

mock_data "aws_caller_identity" {
  defaults = {
    account_id = "111122223333"
    arn        = "arn:aws:iam::111122223333:user/mock"
    user_id    = "AIDAMOCKMOCKMOCKMOCKM"
    id         = "111122223333"
  }
}

mock_data "aws_region" {
  defaults = {
    name        = "eu-west-1"
    id          = "eu-west-1"
    description = "Europe (Ireland)"
    endpoint    = "ec2.eu-west-1.amazonaws.com"
  }
}

mock_data "aws_partition" {
  defaults = {
    partition          = "aws"
    id                 = "aws"
    dns_suffix         = "amazonaws.com"
    reverse_dns_prefix = "com.amazonaws"
  }
}

mock_data "aws_iam_policy_document" {
  defaults = {
    json          = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Mock\",\"Effect\":\"Deny\",\"Action\":\"none:None\",\"Resource\":\"*\"}]}"
    minified_json = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Mock\",\"Effect\":\"Deny\",\"Action\":\"none:None\",\"Resource\":\"*\"}]}"
  }
}

mock_data "aws_cloudwatch_event_bus" {
  defaults = {
    arn = "arn:aws:events:eu-west-1:111122223333:event-bus/default"
  }
}

mock_data "aws_cloudwatch_event_source" {
  defaults = {
    arn        = "arn:aws:events:eu-west-1::event-source/aws.partner/example.com/mock"
    state      = "ACTIVE"
    created_by = "aws.partner/example.com"
  }
}

mock_data "aws_organizations_organization" {
  defaults = {
    id  = "o-mock123456"
    arn = "arn:aws:organizations::111122223333:organization/o-mock123456"
  }
}

mock_data "aws_ssm_parameter" {
  defaults = {
    arn   = "arn:aws:ssm:eu-west-1:111122223333:parameter/mock"
    value = "mock"
  }
}

mock_data "aws_kms_key" {
  defaults = {
    arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    id  = "11111111-2222-3333-4444-555555555555"
  }
}

mock_data "aws_sns_topic" {
  defaults = {
    arn = "arn:aws:sns:eu-west-1:111122223333:mock"
  }
}

mock_data "aws_sqs_queue" {
  defaults = {
    arn = "arn:aws:sqs:eu-west-1:111122223333:mock"
    url = "https://sqs.eu-west-1.amazonaws.com/111122223333/mock"
  }
}

mock_data "aws_s3_bucket" {
  defaults = {
    arn = "arn:aws:s3:::mock"
  }
}

mock_data "aws_dynamodb_table" {
  defaults = {
    arn        = "arn:aws:dynamodb:eu-west-1:111122223333:table/mock"
    stream_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/mock/stream/2026-01-01T00:00:00.000"
  }
}

mock_data "aws_lambda_function" {
  defaults = {
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:mock"
  }
}
