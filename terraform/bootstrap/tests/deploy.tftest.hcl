# The plan whose policies tests/infra/test_deploy_roles.py compares with what a deployment needs.
mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  repository               = "example@1/orderflow@2"
  permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
}

run "roles_have_a_boundary_and_state_has_its_own_key" {
  command = plan

  # Otherwise all mocked keys would share one ARN, and a permission on the environment's key would cover the state.
  override_resource {
    target          = aws_kms_key.state
    values          = { arn = "arn:aws:kms:eu-west-1:111122223333:key/99999999-2222-3333-4444-555555555555" }
    override_during = plan
  }
  assert {
    condition     = alltrue([for role in concat(values(aws_iam_role.plan), values(aws_iam_role.apply)) : role.permissions_boundary == var.permissions_boundary_arn])
    error_message = "The deploy roles must have the permissions boundary."
  }
  assert {
    condition     = output.state_key_arn != output.key_arns["dev"]
    error_message = "The state must have its own key."
  }
}
