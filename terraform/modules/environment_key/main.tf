resource "aws_kms_key" "this" {
  description             = "Everything at rest in ${var.name}"
  policy                  = module.policy.json
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_days
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
