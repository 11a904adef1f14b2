mock_provider "aws" { source = "../../testing" }

variables {
  name       = "shop-dev-storefront_api"
  code       = { package = "./tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
  invocation = { mode = "synchronous" }
}

run "a_function_defaults_to_python_on_arm_with_tracing_and_no_queue" {
  command = plan
  assert {
    condition = (
      aws_lambda_function.this.runtime == "python3.13"
      && aws_lambda_function.this.architectures == tolist(["arm64"])
      && aws_lambda_function.this.handler == "example.handler.handler"
      && aws_lambda_function.this.tracing_config[0].mode == "Active"
    )
    error_message = "By default the function must run on python3.13 and arm64, with tracing."
  }
  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("./tests/package.zip")
    error_message = "The package's hash must determine whether Terraform updates the function's code."
  }
  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "By default, the function must reserve no concurrency: a new account may have a quota of 10."
  }
  assert {
    condition     = length(module.dead_letter_queue) == 0 && length(aws_lambda_function_event_invoke_config.this) == 0
    error_message = "A synchronous function must have no dead-letter queue: its caller gets the error."
  }
  assert {
    condition     = { for name, alarm in module.alarms.alarms : trimprefix(name, "${var.name}-") => alarm.threshold } == { errors = 0, throttles = 0, duration = 24000 }
    error_message = "Errors, throttles and a duration of 80% of the timeout must raise alarms."
  }
}

run "every_setting_is_applied" {
  command = plan
  variables {
    code        = { package = "./tests/package.zip", handler = "index.main", runtime = "nodejs22.x", architecture = "x86_64", layers = ["arn:aws:lambda:eu-west-1:111122223333:layer:common:7"] }
    sizing      = { memory_mb = 1024, timeout_seconds = 100, ephemeral_storage_mb = 1024, reserved_concurrency = 5, provisioned_concurrency = 3 }
    environment = { BUS_NAME = "shop-dev-bus" }
    tags        = { team = "orders" }
    observability = {
      log_retention_days = 14
      system_log_level   = "WARN"
      tracing            = false
      alarm_topic_arn    = "arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"
      alarm_thresholds   = { errors = 5, throttles = 2, duration_percent = 50 }
    }
  }
  assert {
    condition = (
      aws_lambda_function.this.handler == "index.main"
      && aws_lambda_function.this.runtime == "nodejs22.x"
      && aws_lambda_function.this.architectures == tolist(["x86_64"])
      && aws_lambda_function.this.layers == tolist(["arn:aws:lambda:eu-west-1:111122223333:layer:common:7"])
      && aws_lambda_function.this.memory_size == 1024
      && aws_lambda_function.this.timeout == 100
      && aws_lambda_function.this.ephemeral_storage[0].size == 1024
      && aws_lambda_function.this.reserved_concurrent_executions == 5
      && aws_lambda_function.this.tracing_config[0].mode == "PassThrough"
      && aws_lambda_function.this.logging_config[0].system_log_level == "WARN"
    )
    error_message = "Each setting must be applied to the function."
  }
  assert {
    condition     = aws_lambda_provisioned_concurrency_config.this[0].provisioned_concurrent_executions == 3 && aws_lambda_provisioned_concurrency_config.this[0].qualifier == "live"
    error_message = "Provisioned concurrency must be on the alias, which callers invoke."
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.this.policy, "xray:")
    error_message = "Without tracing the role must have no access to X-Ray."
  }
  assert {
    condition     = alltrue([for tags in concat([aws_lambda_function.this.tags, aws_iam_role.this.tags, aws_cloudwatch_log_group.this.tags], values(module.alarms.alarms)[*].tags) : tags == tomap(var.tags)])
    error_message = "Every resource must have the tags."
  }
  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/shop-dev-storefront_api" && aws_cloudwatch_log_group.this.retention_in_days == 14
    error_message = "The module must create the log group with the given retention."
  }
  assert {
    condition     = aws_lambda_function.this.logging_config[0].log_group == aws_cloudwatch_log_group.this.name
    error_message = "The function must write to the module's log group; otherwise Lambda creates one whose logs never expire."
  }
  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.kms.key_arn && aws_cloudwatch_log_group.this.kms_key_id == var.kms.key_arn
    error_message = "Environment variables and logs must be encrypted with the customer managed key."
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ BUS_NAME = "shop-dev-bus", POWERTOOLS_SERVICE_NAME = "shop-dev-storefront_api" })
    error_message = "A function without a dead-letter queue must have only the given environment variables and its service name."
  }
  assert {
    condition = { for name, alarm in module.alarms.alarms : trimprefix(name, "${var.name}-") => [alarm.threshold, alarm.alarm_actions] } == {
      errors    = [5, toset([var.observability.alarm_topic_arn])]
      throttles = [2, toset([var.observability.alarm_topic_arn])]
      duration  = [50000, toset([var.observability.alarm_topic_arn])]
    }
    error_message = "Each alarm must have its threshold and notify the topic."
  }
}

run "the_newest_version_is_live_and_callers_invoke_the_alias" {
  assert {
    condition     = aws_lambda_function.this.publish && aws_lambda_alias.live.function_version == aws_lambda_function.this.version && output.version == aws_lambda_function.this.version
    error_message = "Each change must publish a version, and the alias must point to it."
  }
  assert {
    condition     = output.function_arn == aws_lambda_alias.live.arn && output.invoke_arn == aws_lambda_alias.live.invoke_arn
    error_message = "Callers must invoke the function through the alias."
  }
}

run "a_rollback_ends_when_the_code_changes" {
  variables { code = { package = "./tests/package.zip", handler = "example.handler.handler", rollback = { version = "7", instead_of = "the hash of other code" } } }
  assert {
    condition     = output.version == aws_lambda_function.this.version
    error_message = "A rollback whose `instead_of` is not the hash of the current package must have no effect."
  }
}

run "a_rollback_lasts_while_the_code_is_the_same" {
  command = plan
  variables { code = { package = "./tests/package.zip", handler = "example.handler.handler", rollback = { version = "7", instead_of = filebase64sha256("./tests/package.zip") } } }
  assert {
    condition     = output.version == "7"
    error_message = "An apply without new code must not undo a rollback."
  }
}

run "an_asynchronous_function_has_an_on_failure_destination" {
  variables {
    name       = "shop-dev-pos_import"
    invocation = { mode = "asynchronous", maximum_retry_attempts = 1, maximum_event_age_seconds = 900 }
  }
  assert {
    condition = (
      aws_lambda_function_event_invoke_config.this[0].maximum_retry_attempts == 1
      && aws_lambda_function_event_invoke_config.this[0].maximum_event_age_in_seconds == 900
      && aws_lambda_function_event_invoke_config.this[0].destination_config[0].on_failure[0].destination == output.dead_letter_queue.arn
      && aws_lambda_function_event_invoke_config.this[0].qualifier == aws_lambda_alias.live.name
    )
    error_message = "The given retries and event age must apply to the alias, whose failed events must go to the function's own dead-letter queue."
  }
  assert {
    condition     = output.dead_letter_queue.name == "shop-dev-pos_import-function-dlq" && module.dead_letter_queue[0].settings.kms_master_key_id == var.kms.key_arn
    error_message = "The dead-letter queue must be named after the function and encrypted with the given key."
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables["DEAD_LETTER_QUEUE_URL"] == output.dead_letter_queue.url
    error_message = "The function must receive the URL of its dead-letter queue, for events it quarantines."
  }
  assert {
    condition = toset([for name in keys(module.alarms.alarms) : trimprefix(name, "${var.name}-")]) == toset([
      "errors", "throttles", "duration", "dropped-events", "undelivered-failures",
    ])
    error_message = "Dropped events and undelivered failures must also raise alarms."
  }
}
