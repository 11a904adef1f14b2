mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "shop-dev-storefront_api"
  function    = "example"
  package     = "./tests/package.zip"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  invocation  = "synchronous"
}

run "the_package_runs_on_python_and_arm_with_tracing" {
  command = plan

  assert {
    condition = (
      aws_lambda_function.this.runtime == "python3.13"
      && aws_lambda_function.this.architectures == tolist(["arm64"])
      && aws_lambda_function.this.handler == "example.handler.handler"
      && aws_lambda_function.this.tracing_config[0].mode == "Active"
    )
    error_message = "The function must run <function>.handler.handler on python3.13 and arm64, traced."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("./tests/package.zip")
    error_message = "A changed package must change the function, and nothing else may."
  }
}

run "concurrency_is_not_reserved_unless_asked_for" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "A new account may have a quota of 10, which leaves nothing to reserve."
  }
}

run "memory_timeout_and_reservation_are_set_as_given" {
  command = plan

  variables {
    sizing = { memory_mb = 1024, timeout_seconds = 10, reserved_concurrency = 5 }
  }

  assert {
    condition = (
      aws_lambda_function.this.memory_size == 1024
      && aws_lambda_function.this.timeout == 10
      && aws_lambda_function.this.reserved_concurrent_executions == 5
    )
    error_message = "The sizing must reach the function."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["duration"].threshold == 8000
    error_message = "The duration alarm must stand at 80% of the timeout."
  }
}

run "logs_and_environment_are_encrypted_and_logs_expire" {
  command = plan

  variables {
    log_retention_days = 14
    environment        = { BUS_NAME = "shop-dev-bus" }
  }

  assert {
    condition = (
      aws_cloudwatch_log_group.this.name == "/aws/lambda/shop-dev-storefront_api"
      && aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn
      && aws_cloudwatch_log_group.this.retention_in_days == 14
    )
    error_message = "The log group must be made by the module, with the key and the retention."
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].log_group == aws_cloudwatch_log_group.this.name
    error_message = "The function must write to that log group, or Lambda makes one that never expires."
  }

  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.kms_key_arn
    error_message = "Environment variables must be encrypted with the customer key."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ BUS_NAME = "shop-dev-bus", POWERTOOLS_SERVICE_NAME = "example" })
    error_message = "A function without dead letters gets the given variables and its service name, nothing else."
  }
}

run "a_synchronous_function_owns_no_queue" {
  command = plan

  assert {
    condition     = length(aws_sqs_queue.dead_letter) == 0 && length(aws_lambda_function_event_invoke_config.this) == 0
    error_message = "A caller that waits for the answer sees the error itself."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset(["errors", "throttles", "duration"])
    error_message = "Errors, throttles and duration must be watched."
  }
}

run "an_asynchronous_function_keeps_what_lambda_gives_up_on" {
  command = plan

  variables {
    name               = "shop-dev-pos_import"
    invocation         = "asynchronous"
    asynchronous_retry = { maximum_retry_attempts = 1, maximum_event_age_seconds = 900 }
  }

  override_resource {
    target          = aws_sqs_queue.dead_letter[0]
    override_during = plan
    values = {
      arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-pos_import-dead-letter"
      url = "https://sqs.eu-west-1.amazonaws.com/111122223333/shop-dev-pos_import-dead-letter"
    }
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.this[0].maximum_retry_attempts == 1
      && aws_lambda_function_event_invoke_config.this[0].maximum_event_age_in_seconds == 900
      && aws_lambda_function_event_invoke_config.this[0].destination_config[0].on_failure[0].destination == "arn:aws:sqs:eu-west-1:111122223333:shop-dev-pos_import-dead-letter"
    )
    error_message = "Retries and age must be finite, and what is left must go to the function's own queue."
  }

  assert {
    condition = (
      aws_sqs_queue.dead_letter[0].name == "shop-dev-pos_import-dead-letter"
      && aws_sqs_queue.dead_letter[0].message_retention_seconds == 1209600
      && aws_sqs_queue.dead_letter[0].kms_master_key_id == var.kms_key_arn
      && jsondecode(aws_sqs_queue.dead_letter[0].policy).Statement[*].Sid == ["DenyPlainHttp"]
    )
    error_message = "The dead-letter queue must be encrypted, keep messages 14 days and refuse plain http."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["DEAD_LETTER_QUEUE_URL"] == "https://sqs.eu-west-1.amazonaws.com/111122223333/shop-dev-pos_import-dead-letter"
    error_message = "The function must find the queue for its own quarantine."
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset([
      "errors", "throttles", "duration", "dropped-events", "undelivered-failures", "dead-letter",
    ])
    error_message = "Dropped events, failures that reach no destination and dead letters must be watched too."
  }
}

run "every_alarm_notifies_the_given_topic" {
  command = plan

  variables {
    invocation      = "asynchronous"
    alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"])
    ])
    error_message = "An alarm that tells nobody is no alarm."
  }
}
