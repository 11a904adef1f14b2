locals {
  missing_keys = [for key in var.emulator_gaps.condition_keys : lower(key)]

  # A condition on a key that is never filled turns an Allow into nothing and, on most operators, a Deny into everything.
  # So an Allow loses such a condition, and a Deny that rests on one is left out.
  kept = [
    for statement in var.statements : merge(statement, {
      conditions = [for condition in statement.conditions : condition if !contains(local.missing_keys, lower(condition.variable))]
    })
    if statement.effect == "Allow" || length(setintersection(
      local.missing_keys, [for condition in statement.conditions : lower(condition.variable)]
    )) == 0
  ]

  statements = [
    for statement in local.kept : merge(
      {
        Sid    = statement.sid
        Effect = statement.effect
        Action = sort(distinct(flatten([
          for action in statement.actions :
          [action, statement.effect == "Allow" ? tolist(lookup(var.emulator_gaps.action_aliases, action, [])) : []]
        ])))
      },
      { for key, resources in { Resource = sort(statement.resources) } : key => resources if length(resources) > 0 },
      { for key, principals in { Principal = statement.principals } : key => { for type, names in principals : type => sort(names) } if principals != null },
      {
        for key, tests in { Condition = distinct(statement.conditions[*].test) } : key => {
          for test in tests : test => {
            for condition in statement.conditions : condition.variable => sort(condition.values) if condition.test == test
          }
        } if length(tests) > 0
      },
    )
  ]
}
