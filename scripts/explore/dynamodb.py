"""An in-memory DynamoDB: the conditional writes, transactions, queries and stream that the functions use.

Items have DynamoDB's format and are never changed in place."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

type Item = dict[str, Any]
type Names = Mapping[str, str]
type Values = Mapping[str, Any]
type Condition = Callable[[Item, Names, Values], bool]
type Operand = Callable[[Item, Names, Values], Any]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),+.-]|[:#]?\w+)")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a is not None and a < b,
    "<=": lambda a, b: a is not None and a <= b,
    ">": lambda a, b: a is not None and a > b,
    ">=": lambda a, b: a is not None and a >= b,
}


def client_error(code: str, operation: str, **members: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "in memory"}, "ResponseMetadata": {}, **members}
    return ClientError(response, operation)


@dataclass
class Table:
    """A table; it calls `on_change(before, after, is_expiration)` for every change, like a stream."""

    keys: tuple[str, ...]
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    items: dict[tuple[str, ...], Item] = field(default_factory=dict)
    on_change: Callable[[Item | None, Item | None, bool], None] | None = None

    def read_key(self, item: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(item[name]["S"] for name in self.keys)

    def write(self, key: tuple[str, ...], after: Item | None, *, is_expiration: bool = False) -> None:
        before = self.items.get(key)
        if after is None:
            self.items.pop(key, None)
        else:
            self.items[key] = after
        if self.on_change and before != after:
            self.on_change(before, after, is_expiration)


class DynamoDB:
    """DynamoDB's operations, with the names and arguments of boto3's client."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables

    def get_item(self, **params: Any) -> Item:
        table = self.tables[params["TableName"]]
        item = table.items.get(table.read_key(params["Key"]))
        return {"Item": item} if item is not None else {}

    def put_item(self, **params: Any) -> Item:
        table, key, after = self._plan_put(params, "PutItem")
        table.write(key, after)
        return {}

    def update_item(self, **params: Any) -> Item:
        table, key, after = self._plan_update(params, "UpdateItem")
        before = table.items.get(key, {})
        table.write(key, after)
        return {"Attributes": before} if params.get("ReturnValues") == "ALL_OLD" else {"Attributes": after}

    def query(self, **params: Any) -> Item:
        table = self.tables[params["TableName"]]
        names, values = params.get("ExpressionAttributeNames", {}), params.get("ExpressionAttributeValues", {})
        index = table.indexes[params["IndexName"]] if "IndexName" in params else table.keys
        is_match = _parse_condition(params["KeyConditionExpression"])
        items = [
            one for one in table.items.values() if all(name in one for name in index) and is_match(one, names, values)
        ]
        items.sort(key=lambda item: [_plain_value(item[name]) for name in (*index, *table.keys)])
        if not params.get("ScanIndexForward", True):
            items.reverse()
        start = params.get("ExclusiveStartKey")
        if start is not None:
            position = next((n for n, item in enumerate(items) if table.read_key(item) == table.read_key(start)), -1)
            items = items[position + 1 :]
        if "FilterExpression" in params:
            passes_filter = _parse_condition(params["FilterExpression"])
            items = [item for item in items if passes_filter(item, names, values)]
        limit = params.get("Limit", len(items) or 1)
        page, remaining = items[:limit], items[limit:]
        response: Item = {"Items": page, "Count": len(page)}
        if remaining:
            response["LastEvaluatedKey"] = {name: page[-1][name] for name in dict.fromkeys((*index, *table.keys))}
        return response

    def transact_write_items(self, **params: Any) -> Item:
        writes: list[tuple[Table, tuple[str, ...], Item]] = []
        reasons: list[Item] = []
        for action in params["TransactItems"]:
            ((kind, write),) = action.items()
            try:
                writes.append({"Put": self._plan_put, "Update": self._plan_update}[kind](write, "TransactWriteItems"))
                reasons.append({"Code": "None"})
            except ClientError as error:
                response: Any = error.response
                item_member = {"Item": response["Item"]} if "Item" in response else {}
                reasons.append({"Code": "ConditionalCheckFailed", **item_member})
        if any(reason["Code"] != "None" for reason in reasons):
            raise client_error("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
        for table, key, after in writes:
            table.write(key, after)
        return {}

    def _plan_put(self, params: Mapping[str, Any], operation: str) -> tuple[Table, tuple[str, ...], Item]:
        table = self.tables[params["TableName"]]
        key = table.read_key(params["Item"])
        self._check_condition(table, key, params, operation)
        return table, key, params["Item"]

    def _plan_update(self, params: Mapping[str, Any], operation: str) -> tuple[Table, tuple[str, ...], Item]:
        table = self.tables[params["TableName"]]
        key = table.read_key(params["Key"])
        self._check_condition(table, key, params, operation)
        before = table.items.get(key) or dict(params["Key"])
        names, values = params.get("ExpressionAttributeNames", {}), params.get("ExpressionAttributeValues", {})
        return table, key, _apply_update(before, params["UpdateExpression"], names, values)

    def _check_condition(self, table: Table, key: tuple[str, ...], params: Mapping[str, Any], operation: str) -> None:
        expression = params.get("ConditionExpression")
        if expression is None:
            return
        item = table.items.get(key)
        names, values = params.get("ExpressionAttributeNames", {}), params.get("ExpressionAttributeValues", {})
        if not _parse_condition(expression)(item or {}, names, values):
            returns_item = item and params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            raise client_error("ConditionalCheckFailedException", operation, **({"Item": item} if returns_item else {}))


def _plain_value(value: Any) -> Any:
    if value is None:
        return None
    ((kind, content),) = value.items()
    return int(content) if kind == "N" else content


def _get_value(item: Item, path: Sequence[str]) -> Any:
    value: Any = {"M": item}
    for name in path:
        value = value.get("M", {}).get(name)
        if value is None:
            return None
    return value


@cache
def _parse_condition(expression: str) -> Condition:
    return _Parser(expression).parse_condition()


class _Parser:
    """A recursive-descent parser of condition and update expressions.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""

    def __init__(self, expression: str) -> None:
        self.tokens = _TOKEN.findall(expression)
        self.position = 0

    def peek_token(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take_token(self, expected: str | None = None) -> str:
        token = self.peek_token()
        if not token or (expected is not None and token != expected):
            raise client_error("ValidationException", "expression")
        self.position += 1
        return token

    def parse_condition(self) -> Condition:
        left = self._parse_conjunction()
        while self.peek_token() == "OR":
            self.take_token()
            left = _disjunction(left, self._parse_conjunction())
        return left

    def _parse_conjunction(self) -> Condition:
        left = self._parse_term()
        while self.peek_token() == "AND":
            self.take_token()
            left = _conjunction(left, self._parse_term())
        return left

    def _parse_term(self) -> Condition:
        if self.peek_token() == "NOT":
            self.take_token()
            inner_condition = self._parse_term()
            return lambda item, names, values: not inner_condition(item, names, values)
        if self.peek_token() == "(":
            self.take_token()
            condition = self.parse_condition()
            self.take_token(")")
            return condition
        if self.peek_token() in {"attribute_exists", "attribute_not_exists"}:
            must_exist = self.take_token() == "attribute_exists"
            self.take_token("(")
            operand = self.parse_operand()
            self.take_token(")")
            return lambda item, names, values: (operand(item, names, values) is not None) is must_exist
        if self.peek_token() == "begins_with":
            self.take_token()
            self.take_token("(")
            text = self.parse_operand()
            self.take_token(",")
            prefix = self.parse_operand()
            self.take_token(")")
            return lambda item, names, values: str(_plain_value(text(item, names, values)) or "").startswith(
                _plain_value(prefix(item, names, values))
            )
        left = self.parse_operand()
        compare = _COMPARISONS[self.take_token()]
        right = self.parse_operand()
        return lambda item, names, values: compare(
            _comparison_key(left(item, names, values)), _comparison_key(right(item, names, values))
        )

    def parse_operand(self) -> Operand:
        if self.peek_token().startswith(":"):
            name = self.take_token()
            return lambda item, names, values: values[name]
        if self.peek_token() == "if_not_exists":
            self.take_token()
            self.take_token("(")
            path = self.parse_operand()
            self.take_token(",")
            default = self.parse_operand()
            self.take_token(")")

            def get_value_or_default(item: Item, names: Names, values: Values) -> Any:
                value = path(item, names, values)
                return default(item, names, values) if value is None else value

            return get_value_or_default
        parts = self.parse_path()
        return lambda item, names, values: _get_value(item, [names.get(part, part) for part in parts])

    def parse_path(self) -> list[str]:
        parts = [self.take_token()]
        while self.peek_token() == ".":
            self.take_token()
            parts.append(self.take_token())
        return parts


def _conjunction(left: Condition, right: Condition) -> Condition:
    return lambda item, names, values: left(item, names, values) and right(item, names, values)


def _disjunction(left: Condition, right: Condition) -> Condition:
    return lambda item, names, values: left(item, names, values) or right(item, names, values)


def _comparison_key(value: Any) -> Any:
    """Return a comparable form: numbers and strings by value, everything else by type and content."""
    if value is None:
        return None
    ((kind, content),) = value.items()
    return int(content) if kind == "N" else content if kind == "S" else repr(value)


type UpdateAction = tuple[str, list[str], Operand | None]


@cache
def _parse_update_actions(expression: str) -> tuple[UpdateAction, ...]:
    return tuple(_update_actions(_Parser(expression)))


def _update_actions(parser: _Parser) -> Iterator[UpdateAction]:
    section = ""
    while parser.peek_token():
        if parser.peek_token() in {"SET", "REMOVE", "ADD"}:
            section = parser.take_token()
        path = parser.parse_path()
        if section == "SET":
            parser.take_token("=")
            yield "SET", path, _parse_sum(parser)
        elif section == "ADD":
            yield "ADD", path, parser.parse_operand()
        else:
            yield "REMOVE", path, None
        if parser.peek_token() == ",":
            parser.take_token()


def _parse_sum(parser: _Parser) -> Operand:
    left = parser.parse_operand()
    if parser.peek_token() not in {"+", "-"}:
        return left
    sign = 1 if parser.take_token() == "+" else -1
    right = parser.parse_operand()
    return lambda item, names, values: {
        "N": str(int(left(item, names, values)["N"]) + sign * int(right(item, names, values)["N"]))
    }


def _apply_update(before: Item, expression: str, names: Names, values: Values) -> Item:
    after = dict(before)
    for kind, parts, operand in _parse_update_actions(expression):
        path = [names.get(part, part) for part in parts]
        if operand is None:
            _set_value(after, path, None)
            continue
        value = operand(before, names, values)
        if kind == "ADD":
            value = {"N": str(int((_get_value(before, path) or {"N": "0"})["N"]) + int(value["N"]))}
        if value is None:
            raise client_error("ValidationException", "UpdateItem")
        _set_value(after, path, value)
    return after


def _set_value(item: Item, path: Sequence[str], value: Any) -> None:
    """Set a value, or remove it for None, in copies of the maps on the path, so earlier images do not change."""
    for name in path[:-1]:
        if name not in item or "M" not in item[name]:
            if value is None:
                return
            raise client_error("ValidationException", "UpdateItem")
        item[name] = {"M": dict(item[name]["M"])}
        item = item[name]["M"]
    if value is None:
        item.pop(path[-1], None)
    else:
        item[path[-1]] = value
