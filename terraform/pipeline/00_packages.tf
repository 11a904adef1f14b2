# The functions' deployment packages. Lambda reads them from the bucket: if they were sent in the API call, the provider would
# create one function after another, because it holds only one package in memory at a time.
module "packages" {
  source      = "../modules/bucket"
  name        = "${local.prefix}-packages-${local.account_id}"
  kms_key_arn = var.kms_key_arn
  deletable   = !var.deletion_protection
}

resource "aws_s3_object" "package" {
  for_each = local.function_settings

  bucket      = module.packages.bucket_name
  key         = "${each.key}.zip"
  source      = "${local.repository_root}/dist/${each.key}.zip"
  source_hash = filesha256("${local.repository_root}/dist/${each.key}.zip")
  kms_key_id  = var.kms_key_arn
}

# These values are separate from local.functions, so that a resource that needs only a function's name does not wait for its package.
locals {
  code = {
    for name, object in aws_s3_object.package : name => {
      package  = object.source
      object   = { bucket = object.bucket, key = object.key, version = object.version_id }
      handler  = "${name}.handler.handler"
      rollback = lookup(local.rollbacks, name, null)
    }
  }
}
