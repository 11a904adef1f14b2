resource "aws_kms_key" "this" {
  description             = "Data at rest in ${var.name}"
  policy                  = local.policy
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_days

  # EventBridge accepts a customer managed key for a connection's secret only with this tag.
  # https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-connections.html
  tags = merge(var.tags, { EventBridgeApiDestinations = "true" })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
