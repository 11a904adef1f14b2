# Values that the mocked provider returns in every `terraform test`. They pass the provider's own checks (ARNs, URLs, policy
# JSON) and share one fictitious account and Region, so that tests assert on behaviour and never on random strings.

mock_data "aws_caller_identity" {
  defaults = { account_id = "111122223333", arn = "arn:aws:iam::111122223333:user/mock", user_id = "AIDAMOCKMOCKMOCKMOCKM", id = "111122223333" }
}

mock_data "aws_region" {
  defaults = { name = "eu-west-1", id = "eu-west-1", description = "Europe (Ireland)", endpoint = "ec2.eu-west-1.amazonaws.com" }
}

mock_data "aws_partition" { defaults = { partition = "aws", id = "aws", dns_suffix = "amazonaws.com", reverse_dns_prefix = "com.amazonaws" } }
mock_data "aws_ssm_parameter" { defaults = { arn = "arn:aws:ssm:eu-west-1:111122223333:parameter/mock", value = "mock" } }
