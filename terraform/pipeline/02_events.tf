# Every event has one contract in lambdas/contracts/schemas, which names who publishes it (x-producers), on what (x-carrier), and
# who receives it (x-consumers). What each function may publish, the recorder's rule and the rule for unknown events are derived
# from it.
locals {
  schemas   = "${local.root}/lambdas/contracts/schemas"
  contracts = [for file in fileset(local.schemas, "[A-Z]*.json") : jsondecode(file("${local.schemas}/${file}"))]

  # The prefix of an event's source before the producer's name, the same in every project and environment: it is part of the
  # contract (docs/adr/0002-contracts.md).
  event_source = "orderflow"

  # An application of another team publishes under this name.
  other_producers = ["partner"]

  # By type, with all versions merged.
  published_by     = { for type, lists in { for contract in local.contracts : contract.title => contract["x-producers"]... if contract["x-carrier"] == "bus" } : type => distinct(flatten(lists)) }
  recorded         = sort(distinct([for contract in local.contracts : contract.title if contains(contract["x-consumers"], "recorder")]))
  topic_publishers = distinct(flatten([for contract in local.contracts : contract["x-producers"] if contract["x-carrier"] == "topic"]))

  unknown_producers = setsubtract(concat(flatten(values(local.published_by)), local.topic_publishers), concat(keys(local.catalogue), local.other_producers))

  sources_of = { for type, producers in local.published_by : type => [for producer in producers : "${local.event_source}.${producer}"] }

  publish_grant = {
    for producer in distinct(flatten(values(local.published_by))) : producer => {
      actions   = ["events:PutEvents"]
      resources = [local.bus_arn]
      conditions = [
        { test = "StringEquals", variable = "events:source", values = ["${local.event_source}.${producer}"] },
        { test = "StringEquals", variable = "events:detail-type", values = [for type, producers in local.published_by : type if contains(producers, producer)] },
      ]
    }
  }
}
