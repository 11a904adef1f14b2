# Every event has one contract in lambdas/contracts/schemas, which names its producers (x-producers), whether they publish it to the
# bus or the topic (x-carrier), and its consumers (x-consumers). What each function may publish, the recorder's rule and the rule
# for unknown events are derived from the contracts.
locals {
  schemas   = "${local.repository_root}/lambdas/contracts/schemas"
  contracts = [for file in fileset(local.schemas, "[A-Z]*.json") : jsondecode(file("${local.schemas}/${file}"))]

  # The prefix of an event's source before the producer's name, the same in every project and environment: it is part of the
  # contract (docs/adr/0002-contracts.md).
  event_source_prefix = "orderflow"

  # Producers that are other teams' applications.
  other_producers = ["partner"]

  # Producers of the events on the bus, by event type, with all versions merged.
  producers_by_type = { for type, lists in { for contract in local.contracts : contract.title => contract["x-producers"]... if contract["x-carrier"] == "bus" } : type => distinct(flatten(lists)) }
  recorded_types    = sort(distinct([for contract in local.contracts : contract.title if contains(contract["x-consumers"], "recorder")]))
  topic_publishers  = distinct(flatten([for contract in local.contracts : contract["x-producers"] if contract["x-carrier"] == "topic"]))

  unknown_producers = setsubtract(concat(flatten(values(local.producers_by_type)), local.topic_publishers), concat(keys(local.function_settings), local.other_producers))

  sources_by_type = { for type, producers in local.producers_by_type : type => [for producer in producers : "${local.event_source_prefix}.${producer}"] }

  publish_grants = {
    for producer in distinct(flatten(values(local.producers_by_type))) : producer => {
      actions   = ["events:PutEvents"]
      resources = [local.bus_arn]
      conditions = [
        { test = "StringEquals", variable = "events:source", values = ["${local.event_source_prefix}.${producer}"] },
        { test = "StringEquals", variable = "events:detail-type", values = [for type, producers in local.producers_by_type : type if contains(producers, producer)] },
      ]
    }
  }
}
