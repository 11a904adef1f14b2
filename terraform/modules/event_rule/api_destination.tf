locals { https_url_pattern = "^https://[^/@\\s]+(/\\S*)?$" }

# The secrets below are stored in the Terraform state: AWS provider 5.100 has no write-only arguments for them.
resource "aws_cloudwatch_event_connection" "this" {
  for_each = local.api_destinations

  name               = "${var.name}-${each.key}"
  kms_key_identifier = each.value.connection.kms_key_arn
  authorization_type = (
    each.value.connection.api_key != null ? "API_KEY" :
    each.value.connection.basic != null ? "BASIC" : "OAUTH_CLIENT_CREDENTIALS"
  )

  auth_parameters {
    dynamic "api_key" {
      for_each = each.value.connection.api_key[*]
      content {
        key   = api_key.value.header
        value = var.connection_secrets[each.key]
      }
    }

    dynamic "basic" {
      for_each = each.value.connection.basic[*]
      content {
        username = basic.value.username
        password = var.connection_secrets[each.key]
      }
    }

    dynamic "oauth" {
      for_each = each.value.connection.oauth[*]
      content {
        authorization_endpoint = oauth.value.token_endpoint
        http_method            = oauth.value.method

        client_parameters {
          client_id     = oauth.value.client_id
          client_secret = var.connection_secrets[each.key]
        }

        oauth_http_parameters {
          dynamic "body" {
            for_each = oauth.value.body_parameters
            content {
              key             = body.key
              value           = body.value
              is_value_secret = false
            }
          }

          dynamic "query_string" {
            for_each = oauth.value.query_parameters
            content {
              key             = query_string.key
              value           = query_string.value
              is_value_secret = false
            }
          }
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition = 1 == length(concat(
        each.value.connection.api_key[*].header, each.value.connection.basic[*].username, each.value.connection.oauth[*].client_id,
      ))
      error_message = "Set exactly one of `api_key`, `basic` and `oauth` in `connection` of target '${each.key}'."
    }
    precondition {
      condition     = alltrue([for oauth in each.value.connection.oauth[*] : can(regex(local.https_url_pattern, oauth.token_endpoint))])
      error_message = "Set `connection.oauth.token_endpoint` of target '${each.key}' to an https:// URL without a user name: the client secret must not be sent in plain text."
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "this" {
  for_each = local.api_destinations

  name                             = "${var.name}-${each.key}"
  connection_arn                   = aws_cloudwatch_event_connection.this[each.key].arn
  invocation_endpoint              = each.value.endpoint
  http_method                      = each.value.method
  invocation_rate_limit_per_second = each.value.invocations_per_second

  lifecycle {
    precondition {
      condition     = can(regex(local.https_url_pattern, each.value.endpoint))
      error_message = "Set `endpoint` of target '${each.key}' to an https:// URL without a user name: EventBridge sends over TLS only."
    }
    precondition {
      condition     = length(regexall("\\*", each.value.endpoint)) == length(each.value.path_parameters)
      error_message = "Set one entry of `path_parameters` for each * in `endpoint` of target '${each.key}'."
    }
  }
}
