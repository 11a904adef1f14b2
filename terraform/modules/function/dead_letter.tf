# What the function could not handle: its own quarantined events and, when it is invoked asynchronously, the events that Lambda
# gave up on.
resource "aws_sqs_queue" "dead_letter" {
  count = local.has_dead_letter_queue ? 1 : 0

  name                      = local.dead_letter_queue_name
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
  policy                    = module.dead_letter_policy.json
}

module "dead_letter_policy" {
  source = "../policy_document"

  statements = [{
    sid        = "DenyPlainHttp"
    effect     = "Deny"
    principals = { AWS = ["*"] }
    actions    = ["sqs:*"]
    resources  = [local.dead_letter_queue_arn]
    conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
  }]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.invocation == "asynchronous" ? 1 : 0

  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.asynchronous_retry.maximum_retry_attempts
  maximum_event_age_in_seconds = var.asynchronous_retry.maximum_event_age_seconds

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letter[0].arn
    }
  }

  # Lambda checks the role's permissions when the destination is set.
  depends_on = [aws_iam_role_policy.this]
}
