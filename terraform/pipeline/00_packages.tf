# What the functions run. Lambda takes a package from the bucket; sent with the call, the provider makes one function after the
# other, as it holds one package in memory at a time.
module "packages" {
  source      = "../modules/bucket"
  name        = "${local.prefix}-packages-${local.account_id}"
  kms_key_arn = var.kms_key_arn
  deletable   = !var.deletion_protection
}

resource "aws_s3_object" "package" {
  for_each = local.catalogue

  bucket      = module.packages.bucket_name
  key         = "${each.key}.zip"
  source      = "${local.root}/dist/${each.key}.zip"
  source_hash = filesha256("${local.root}/dist/${each.key}.zip")
  kms_key_id  = var.kms_key_arn
}

# Apart from local.functions: what only needs a function's name does not wait for its package.
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
