# Signed calls from the payment provider and the carrier become events such as PaymentCaptured and OrderDelivered.
module "webhooks" {
  source                   = "../modules/function"
  name                     = local.functions.webhooks.name
  code                     = local.code.webhooks
  invocation               = { mode = local.functions.webhooks.invocation }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.webhooks.sizing
  tags                     = local.functions.webhooks.tags

  environment = merge(local.functions.webhooks.environment, { WEBHOOK_SECRET_ID = aws_secretsmanager_secret.webhooks.name })

  permissions = merge(local.functions.webhooks.permissions, {
    read_signing_keys = { actions = ["secretsmanager:GetSecretValue"], resources = [aws_secretsmanager_secret.webhooks.arn] }
  })

  observability = local.observability
}

# The signing keys are set outside Terraform, so that they never enter the state:
# {"payment_provider": {"current": "...", "previous": "..."}, "carrier": {"current": "..."}}
resource "aws_secretsmanager_secret" "webhooks" {
  #checkov:skip=CKV2_AWS_57:the keys are agreed with the provider and the carrier; two are valid at a time, so manual rotation is safe
  name                    = "${local.prefix}-webhook-signing-keys"
  description             = "Keys with which the payment provider and the carrier sign their calls"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

module "webhooks_http" {
  source             = "../modules/http_api"
  name               = "${local.prefix}-webhooks"
  kms_key_arn        = var.kms_key_arn
  throttling         = { rate_limit = var.webhooks.rate_limit, burst_limit = var.webhooks.burst_limit }
  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn

  # No token: callers authenticate with a signature over time and body, which the function checks.
  routes = {
    for route in ["ANY /webhooks/payment-provider", "ANY /webhooks/carrier", "$default"] : route => {
      function_arn = module.webhooks.function_arn
      invoke_arn   = module.webhooks.invoke_arn
    }
  }
}
