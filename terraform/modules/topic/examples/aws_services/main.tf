module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

data "aws_caller_identity" "this" {}

# The key policy of `environment_key` lets CloudWatch alarms use the key; S3 needs an additional statement.
module "topic" {
  source      = "../.."
  name        = "shop-dev-operations"
  audience    = "people"
  kms_key_arn = module.key.key_arn

  publishers = {
    alarms = {
      service    = "cloudwatch.amazonaws.com"
      source_arn = "arn:aws:cloudwatch:eu-west-1:${data.aws_caller_identity.this.account_id}:alarm:shop-dev-*"
    }

    till_files = { service = "s3.amazonaws.com", source_arn = "arn:aws:s3:::shop-dev-till-files" }

    company = { organization_id = "o-abcdefghij" }
  }
}
