run "every_operator_that_aws_supports_is_accepted" {
  command = plan
  variables {
    patterns = { all = jsonencode({
      source = ["orders", { prefix = "shop." }, { suffix = { equals-ignore-case = ".web" } }, { equals-ignore-case = "till" }]
      detail = {
        data = {
          status = [{ anything-but = ["paid", "placed"] }, { anything-but = { wildcard = "*/lib/*" } }, { exists = false }, null]
          total  = { amount = [100, { numeric = [">=", 1, "<", 5e3] }] }
          ip     = [{ cidr = "10.0.0.0/24" }]
          file   = [{ wildcard = "incoming/*.csv" }]
        }
      }
      "$or" = [{ account = ["111122223333"] }, { region = [{ prefix = "eu-" }], "$or" = [{ id = [{ exists = true }] }] }]
    }) }
  }
  assert {
    condition     = length(output.problems.all) == 0
    error_message = "Comparisons with supported operators must have no problems; got ${jsonencode(output.problems)}."
  }
}

run "comparisons_that_aws_refuses_are_reported_with_their_key" {
  command = plan
  variables {
    patterns = {
      unknown_operator                 = jsonencode({ source = [{ prefx = "shop" }] })
      unknown_operator_at_depth_four   = jsonencode({ detail = { data = { total = { amount = [{ numerc = [">", 5] }] } } } })
      unknown_operator_in_or           = jsonencode({ "$or" = [{ source = ["a"] }, { detail = { status = [{ is = "paid" }] } }] })
      unknown_operator_directly_in_or  = jsonencode({ "$or" = [{ amount = [{ numerc = [">", 5] }] }, { amount = [1] }] })
      unknown_operator_in_anything_but = jsonencode({ source = [{ anything-but = { prefx = "shop" } }] })
      invalid_numeric_operator         = jsonencode({ amount = [{ numeric = ["=>", 5] }] })
      numeric_without_list             = jsonencode({ amount = [{ numeric = 5 }] })
      exists_without_boolean           = jsonencode({ amount = [{ exists = "yes" }] })
      value_outside_list               = jsonencode({ detail = { status = "paid" } })
      empty_list                       = jsonencode({ source = [] })
      or_without_list                  = jsonencode({ "$or" = "paid" })
      two_comparisons                  = jsonencode({ source = [{ prefix = "a", suffix = "b" }] })
    }
  }
  assert {
    condition = alltrue([for key, text in {
      unknown_operator                 = "source must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `prefx`"
      unknown_operator_at_depth_four   = "detail.data.total.amount must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `numerc`"
      unknown_operator_in_or           = "$or.detail.status must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `is`"
      unknown_operator_directly_in_or  = "$or.amount must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `numerc`"
      unknown_operator_in_anything_but = "source must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard under `anything-but`; got `prefx`"
      invalid_numeric_operator         = "amount must compare numbers with =, <, <=, > or >=; got [\"=>\",5]"
      numeric_without_list             = "amount must compare numbers with =, <, <=, > or >=; got 5"
      exists_without_boolean           = "amount must have true or false under `exists`; got \"yes\""
      value_outside_list               = "detail.status must have its values in a non-empty list, even a single value"
      empty_list                       = "source must have its values in a non-empty list, even a single value"
      or_without_list                  = "$or must have its values in a non-empty list, even a single value"
      two_comparisons                  = "source must have one comparison per object; add others as separate list entries"
    } : join("", output.problems[key]) == text])
    error_message = "Each pattern must have the expected problem; got ${jsonencode(output.problems)}."
  }
}

run "an_unsupported_operator_is_reported" {
  command = plan
  variables {
    operators = ["prefix"]
    patterns  = { wildcard = jsonencode({ key = [{ wildcard = "a*" }] }) }
  }
  assert {
    condition     = join("", output.problems.wildcard) == "key must use one of prefix; got `wildcard`"
    error_message = "An operator that the service does not support must be reported."
  }
}

run "keys_are_listed_with_depth_and_number_of_values" {
  command = plan
  variables {
    patterns = {
      keys         = jsonencode({ "store.id" = ["1", "2"], data = { status = [{ exists = true }], channel = "web" } })
      invalid_json = "status = paid"
      json_list    = "[\"paid\"]"
      too_deep     = jsonencode({ a = { b = { c = { d = { e = { f = { g = ["1"] } } } } } } })
      too_deep_or  = jsonencode({ a = { b = { c = { d = { e = { "$or" = [{ f = ["1"] }] } } } } } })
    }
  }
  assert {
    condition = output.keys == {
      keys = [
        { path = "store.id", depth = 1, values = 2 },
        { path = "data.channel", depth = 2, values = 0 },
        { path = "data.status", depth = 2, values = 1 },
      ]
      invalid_json = []
      json_list    = []
      too_deep     = []
      too_deep_or  = []
    } && output.too_deep == { keys = false, invalid_json = false, json_list = false, too_deep = true, too_deep_or = true }
    error_message = "Each key must have the depth and number of values that SNS counts; got ${jsonencode(output.keys)}."
  }
}
