run "every_comparison_that_aws_supports_is_accepted" {
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
    error_message = "There must be no problems; got ${jsonencode(output.problems)}."
  }
}

run "comparisons_that_aws_refuses_are_reported_with_their_key" {
  command = plan
  variables {
    patterns = {
      misspelt   = jsonencode({ source = [{ prefx = "shop" }] })
      nested     = jsonencode({ detail = { data = { total = { amount = [{ numerc = [">", 5] }] } } } })
      in_or      = jsonencode({ "$or" = [{ source = ["a"] }, { detail = { status = [{ is = "paid" }] } }] })
      or_numeric = jsonencode({ "$or" = [{ amount = [{ numerc = [">", 5] }] }, { amount = [1] }] })
      inner      = jsonencode({ source = [{ anything-but = { prefx = "shop" } }] })
      relation   = jsonencode({ amount = [{ numeric = ["=>", 5] }] })
      no_number  = jsonencode({ amount = [{ numeric = 5 }] })
      exists     = jsonencode({ amount = [{ exists = "yes" }] })
      no_list    = jsonencode({ detail = { status = "paid" } })
      empty_list = jsonencode({ source = [] })
      or_no_list = jsonencode({ "$or" = "paid" })
      two        = jsonencode({ source = [{ prefix = "a", suffix = "b" }] })
    }
  }
  assert {
    condition = alltrue([for key, text in {
      misspelt   = "source must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `prefx`"
      nested     = "detail.data.total.amount must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `numerc`"
      in_or      = "$or.detail.status must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `is`"
      or_numeric = "$or.amount must use one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `numerc`"
      inner      = "source must use under `anything-but` one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard; got `prefx`"
      relation   = "amount must compare numbers by =, <, <=, > or >=; got [\"=>\",5]"
      no_number  = "amount must compare numbers by =, <, <=, > or >=; got 5"
      exists     = "amount must have true or false under `exists`; got \"yes\""
      no_list    = "detail.status must have its values in a non-empty list, even a single value"
      empty_list = "source must have its values in a non-empty list, even a single value"
      or_no_list = "$or must have its values in a non-empty list, even a single value"
      two        = "source must have one comparison per object; add others as separate list entries"
    } : join("", output.problems[key]) == text])
    error_message = "Each pattern must have the expected problem; got ${jsonencode(output.problems)}."
  }
}

run "an_unknown_operator_is_reported" {
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
      keys     = jsonencode({ "store.id" = ["1", "2"], data = { status = [{ exists = true }], channel = "web" } })
      no_json  = "status = paid"
      no_keys  = "[\"paid\"]"
      too_deep = jsonencode({ a = { b = { c = { d = { e = { f = { g = ["1"] } } } } } } })
    }
  }
  assert {
    condition = output.keys == {
      keys = [
        { path = "store.id", depth = 1, values = 2 },
        { path = "data.channel", depth = 2, values = 0 },
        { path = "data.status", depth = 2, values = 1 },
      ]
      no_json  = []
      no_keys  = []
      too_deep = []
    } && output.too_deep == { keys = false, no_json = false, no_keys = false, too_deep = true }
    error_message = "Each key must have the depth and number of values that SNS counts; got ${jsonencode(output.keys)}."
  }
}
