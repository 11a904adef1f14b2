mock_provider "aws" { source = "../../testing" }

variables {
  topic_arn = "arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"
  tags      = { team = "orders" }
  alarms = {
    shop-dev-failed = {
      description = "The rule gave up on an event."
      kind        = "rule-failed"
      namespace   = "AWS/Events"
      metric_name = "FailedInvocations"
      dimensions  = { RuleName = "shop-dev" }
    }
    shop-dev-latency = {
      description         = "Requests are slow."
      kind                = "api-latency"
      namespace           = "AWS/ApiGateway"
      metric_name         = "Latency"
      dimensions          = { ApiId = "abc" }
      extended_statistic  = "p99"
      threshold           = 3000
      evaluation_periods  = 5
      datapoints_to_alarm = 3
    }
    shop-dev-errors = {
      description = "Internal errors."
      kind        = "table-errors"
      namespace   = "AWS/DynamoDB"
      metric_name = "SystemErrors"
      sum_of      = { for operation in ["GetItem", "PutItem"] : operation => { TableName = "shop-dev", Operation = operation } }
    }
  }
}

run "one_failure_raises_the_alarm_and_missing_data_does_not" {
  command = plan
  assert {
    condition = (
      output.alarms["shop-dev-failed"].statistic == "Sum"
      && output.alarms["shop-dev-failed"].threshold == 0
      && output.alarms["shop-dev-failed"].evaluation_periods == 1 && output.alarms["shop-dev-failed"].period == 60
      && output.alarms["shop-dev-failed"].treat_missing_data == "notBreaching"
      && output.alarms["shop-dev-failed"].alarm_description == "The rule gave up on an event. Kind: rule-failed."
      && output.alarms["shop-dev-failed"].dimensions == tomap({ RuleName = "shop-dev" })
    )
    error_message = "One failure in a minute must raise the alarm; missing data must not."
  }
  assert {
    condition     = alltrue([for alarm in output.alarms : alarm.alarm_actions == toset([var.topic_arn]) && alarm.ok_actions == toset([var.topic_arn]) && alarm.tags == tomap(var.tags)])
    error_message = "Each alarm must notify the topic when it fires and when it returns to OK, and must have the tags."
  }
  assert {
    condition     = output.alarms["shop-dev-latency"].extended_statistic == "p99" && output.alarms["shop-dev-latency"].statistic == null
    error_message = "An alarm on a percentile must have no `statistic`: CloudWatch accepts either `statistic` or `extended_statistic`."
  }
  assert {
    condition = (
      { for query in output.alarms["shop-dev-errors"].metric_query : query.id => query.expression if query.return_data == true } == { sum = "SUM(METRICS())" }
      && toset(flatten([for query in output.alarms["shop-dev-errors"].metric_query : [for metric in query.metric : metric.dimensions.Operation]])) == toset(["GetItem", "PutItem"])
      && output.alarms["shop-dev-errors"].metric_name == null
    )
    error_message = "The alarm must watch the sum over all operations."
  }
}

run "alarms_have_no_action_without_a_topic" {
  command = plan
  variables { topic_arn = null }
  assert {
    condition     = length(output.alarms) == 3 && alltrue([for alarm in output.alarms : length(alarm.alarm_actions) + length(alarm.ok_actions) == 0])
    error_message = "Without a topic, the alarms must be created without an action."
  }
}

run "an_alarm_without_dimensions_is_refused" {
  command = plan
  variables { alarms = { all = { description = "All.", kind = "all", namespace = "AWS/SQS", metric_name = "NumberOfMessagesSent" } } }
  expect_failures = [var.alarms]
}
