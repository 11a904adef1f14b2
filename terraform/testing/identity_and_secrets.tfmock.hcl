mock_resource "aws_iam_role" { defaults = { arn = "arn:aws:iam::111122223333:role/mock", unique_id = "AROAMOCKMOCKMOCKMOCKM" } }
mock_resource "aws_iam_policy" { defaults = { arn = "arn:aws:iam::111122223333:policy/mock", id = "arn:aws:iam::111122223333:policy/mock" } }
mock_resource "aws_iam_openid_connect_provider" { defaults = { arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" } }

mock_resource "aws_kms_key" {
  defaults = {
    arn    = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    id     = "11111111-2222-3333-4444-555555555555"
    key_id = "11111111-2222-3333-4444-555555555555"
  }
}

mock_resource "aws_kms_alias" {
  defaults = {
    arn            = "arn:aws:kms:eu-west-1:111122223333:alias/mock"
    target_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  }
}

mock_resource "aws_secretsmanager_secret" {
  defaults = {
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mock-AbCdEf"
    id  = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mock-AbCdEf"
  }
}

mock_resource "aws_ssm_parameter" { defaults = { arn = "arn:aws:ssm:eu-west-1:111122223333:parameter/mock" } }
