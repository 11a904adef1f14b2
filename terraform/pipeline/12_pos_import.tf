# Till files: an object under incoming/ starts the import, which publishes one OrderPlaced per receipt.
module "till_files" {
  source                    = "../modules/bucket"
  name                      = "${local.prefix}-till-files-${local.account_id}"
  kms_key_arn               = var.kms_key_arn
  eventbridge_notifications = true
  deletable                 = !var.deletion_protection

  expirations = { till_files = { days = var.retention.till_file_days } }
}

# The rule is on the account's default bus, the only one to which AWS services such as S3 send events.
module "till_file_rule" {
  source = "../modules/event_rule"
  name   = "${local.prefix}-till-file"
  event_pattern = jsonencode({
    account     = [local.account_id]
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = ["${local.prefix}-till-files-${local.account_id}"] }, object = { key = [{ prefix = "incoming/" }] } }
  })

  targets = { pos_import = { lambda = { function_arn = module.pos_import.function_arn } } }

  kms_key_arn     = var.kms_key_arn
  alarm_topic_arn = module.alarms.topic_arn
}

module "pos_import" {
  source                   = "../modules/function"
  name                     = local.functions.pos_import.name
  code                     = local.code.pos_import
  invocation               = { mode = local.functions.pos_import.invocation }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.pos_import.sizing
  tags                     = local.functions.pos_import.tags

  environment = merge(local.functions.pos_import.environment, { ORDER_RETENTION_DAYS = tostring(var.orders.retention_days) })

  permissions = merge(local.functions.pos_import.permissions, {
    write_reports = { actions = ["s3:PutObject"], resources = ["${module.till_files.bucket_arn}/reports/*"] }
    read_till_files = {
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = ["${module.till_files.bucket_arn}/incoming/*", "${module.till_files.bucket_arn}/reports/*.summary.json"]
    }
    # Without this permission S3 returns 403, not 404, for a missing object, such as the summary of a new file.
    list_till_files = { actions = ["s3:ListBucket"], resources = [module.till_files.bucket_arn] }
  })

  observability = local.observability
}
