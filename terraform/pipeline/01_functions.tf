# Every function has one entry in `function_settings`, named after its directory in lambdas/. Its package (00_packages.tf), its dead-letter
# queue, outputs, dashboard, redrive and trace are derived from the entry; what it may publish is derived from the contracts (02_events.tf).
# An entry has:
#   invocation     how AWS invokes the function (modules/function)
#   rule           the rule whose target is the function or its queue, on our bus unless `bus` names another
#   queue          the queue that the function reads
#   changes        the filter policy of the function's subscription to the topic, matched against the data of OrderChanged
#   schedule       the schedule that invokes the function
#   failure_bucket the bucket for records that the function could not process, instead of a dead-letter queue
#   table          the table that the function owns
# and the function's sizing. The entry's reserved concurrency applies only in environments that set `reserve_concurrency`.
locals {
  function_settings = {
    storefront_api = { invocation = "synchronous", table = "claims", timeout_seconds = 10, reserved_concurrency = 200 }
    webhooks       = { invocation = "synchronous", timeout_seconds = 10, reserved_concurrency = 100 }
    pos_import = {
      invocation = "asynchronous", rule = "till_file", bus = "default", memory_mb = 1024, timeout_seconds = 300, reserved_concurrency = 5
    }
    payment_deadline = { invocation = "asynchronous", schedule = "deadline_check", timeout_seconds = 60, reserved_concurrency = 2 }
    recorder = {
      invocation      = "polled", rule = "intake", queue = "intake", table = "orders"
      timeout_seconds = 15, maximum_concurrency = 10, reserved_concurrency = 50
    }
    relay = { invocation = "polled", failure_bucket = "stream_failures", timeout_seconds = 60, reserved_concurrency = 40 }
    finance = {
      invocation = "polled", queue = "finance", table = "ledger", maximum_concurrency = 5, reserved_concurrency = 20
      changes    = { changed_fields = ["total", "payments", "refunds"] }
    }
    # Goods sold at a till have left with the customer: the warehouse has nothing to do.
    warehouse = {
      invocation = "polled", queue = "warehouse", table = "stock", maximum_concurrency = 5, reserved_concurrency = 20
      changes    = { channel = ["web", "mobile", "partner"], status = ["placed", "paid", "cancelled", "refunding"] }
    }
    customer_service = {
      invocation = "polled", queue = "customer_service", table = "cases", maximum_concurrency = 5, reserved_concurrency = 20
      changes    = { channel = [{ anything-but = ["pos"] }], changed_fields = ["status", "refunds", "payment_conflicts"] }
    }
  }

  # The functions' settings, with defaults for omitted attributes.
  settings_with_defaults = {
    for name, entry in local.function_settings : name => merge(
      {
        rule      = null, bus = local.bus_name, queue = null, changes = null, schedule = null, failure_bucket = null, table = null
        memory_mb = 512, timeout_seconds = 30, maximum_concurrency = null, parallelization_factor = 1
      },
      entry,
    )
  }

  # The settings, with the name, ARN, tags and permissions of each function.
  functions = {
    for name, entry in local.settings_with_defaults : name => merge(entry, {
      name              = "${local.prefix}-${name}"
      arn               = "arn:${local.partition}:lambda:${local.region_and_account}:function:${local.prefix}-${name}"
      tags              = local.release_tags[name]
      dead_letter_queue = entry.invocation == "synchronous" || entry.failure_bucket != null ? null : "${local.prefix}-${name}-function-dlq"
      failure_bucket    = entry.failure_bucket == null ? null : "${local.prefix}-${replace(entry.failure_bucket, "_", "-")}-${local.account_id}"
      sizing = merge(
        entry,
        { reserved_concurrency = var.reserve_concurrency ? entry.reserved_concurrency : null },
        [for function, sizing in var.sizing : { for setting, value in sizing : setting => value if value != null } if function == name]...
      )
      environment = merge(
        local.common_environment,
        { POWERTOOLS_SERVICE_NAME = name },
        { for bus in [local.bus_name] : "BUS_NAME" => bus if contains(keys(local.publish_grants), name) },
        { for topic in [local.topic_arn] : "TOPIC_ARN" => topic if contains(local.topic_publishers, name) },
      )
      permissions = merge(
        { for producer, grant in local.publish_grants : "publish_events" => grant if producer == name },
        { for producer in local.topic_publishers : "publish_changes" => { actions = ["sns:Publish"], resources = [local.topic_arn] } if producer == name },
      )
    })
  }

  # The commit of a release, from the file that `make sbom` writes beside each package; ignored once the package is rebuilt.
  release_tags = {
    for name in keys(local.function_settings) : name => {
      for file in ["${local.repository_root}/dist/${name}"] : "commit" => jsondecode(file("${file}.release.json")).commit
      if fileexists("${file}.release.json") ? jsondecode(file("${file}.release.json")).sha256 == filesha256("${file}.zip") : false
    }
  }

  # The module `function` adds the variable for the dead-letter queue or the failure bucket.
  common_environment = { ENVIRONMENT = var.environment, LOG_LEVEL = "INFO", POWERTOOLS_METRICS_NAMESPACE = "Orderflow" }

  # Maps the short name of each queue in the settings, and of the queue `unrouted`, to its name, ARN and dead-letter queue in AWS.
  queues = {
    for role in concat(compact([for function in values(local.functions) : function.queue]), ["unrouted"]) : role => {
      name              = "${local.prefix}-${replace(role, "_", "-")}"
      arn               = "arn:${local.partition}:sqs:${local.region_and_account}:${local.prefix}-${replace(role, "_", "-")}"
      dead_letter_queue = "${local.prefix}-${replace(role, "_", "-")}-dlq"
    }
  }
  tables = { for role in compact([for function in values(local.functions) : function.table]) : role => "${local.prefix}-${replace(role, "_", "-")}${role == "orders" && var.orders.restored != null ? "-${var.orders.restored.table_suffix}" : ""}" }

  # Functions that have only a directory or only an entry in the settings.
  function_directories = toset([for file in fileset("${local.repository_root}/lambdas", "*/handler.py") : dirname(file)])
  unmatched_functions  = setsubtract(setunion(local.function_directories, keys(local.function_settings)), setintersection(local.function_directories, keys(local.function_settings)))

  # All functions, including the stream reader that an environment may add.
  all_functions = merge(local.functions, {
    for name, reader in var.stream_readers : name => {
      name              = "${local.prefix}-${name}"
      dead_letter_queue = null
      failure_bucket    = "${local.prefix}-${replace(name, "_", "-")}-failures-${local.account_id}"
    }
  })
}
