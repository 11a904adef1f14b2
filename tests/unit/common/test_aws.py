import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common.aws import CALL_TIMEOUT_MS, client, failure_code, forget_clients


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    forget_clients()


def test_client_is_made_once_when_it_is_asked_for_again() -> None:
    assert client("sqs") is client("sqs")


def test_client_reads_the_environment_again_when_clients_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    before = client("sqs")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    forget_clients()

    assert before.meta.endpoint_url == "https://sqs.eu-west-1.amazonaws.com"
    assert client("sqs").meta.endpoint_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(("name", "attempts"), [("events", 1), ("sns", 1), ("dynamodb", 3), ("sqs", 3), ("s3", 3)])
def test_botocore_tries_once_when_the_publisher_retries_itself(name: str, attempts: int) -> None:
    config = client(name).meta.config  # type: ignore[call-overload]

    assert config.retries == {"mode": "standard", "total_max_attempts": attempts}


def test_one_attempt_ends_within_the_time_counted_on_when_nobody_answers() -> None:
    config = client("events").meta.config

    assert (config.connect_timeout + config.read_timeout) * 1000 == CALL_TIMEOUT_MS


def test_code_is_told_and_no_message_when_a_call_fails() -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "payload"}}, "GetItem")

    assert failure_code(denied) == "AccessDeniedException"
    assert failure_code(EndpointConnectionError(endpoint_url="https://dynamodb")) == "EndpointConnectionError"
