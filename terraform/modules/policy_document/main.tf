locals {
  statements = [
    for statement in var.statements : merge(
      {
        Sid    = statement.sid
        Effect = statement.effect
        Action = sort(statement.actions)
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
