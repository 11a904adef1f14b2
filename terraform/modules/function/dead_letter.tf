# The queue receives the events that the function quarantines and, after asynchronous invocations, events that still fail after Lambda's
# retries.
module "dead_letter_queue" {
  source = "../dead_letter_queue"
  count  = local.has_dead_letter_queue ? 1 : 0

  name        = "${var.name}-function"
  kms_key_arn = var.kms.key_arn
  tags        = var.tags

  alarm = {
    description = "${var.name} could not process events."
    kind        = "function-dead-letter"
    topic_arn   = var.observability.alarm_topic_arn
  }
}

# This configuration is set on the alias, because that of the function itself does not apply to the alias.
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.invocation.mode == "asynchronous" ? 1 : 0

  function_name                = aws_lambda_function.this.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_retry_attempts       = var.invocation.maximum_retry_attempts
  maximum_event_age_in_seconds = var.invocation.maximum_event_age_seconds

  destination_config {
    on_failure { destination = module.dead_letter_queue[0].queue.arn }
  }

  # Lambda checks the role's permissions when the destination is set.
  depends_on = [aws_iam_role_policy.this]
}
