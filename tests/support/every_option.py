"""The root tests/roots/every_option: its functions' zip, and its values for an emulator."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT
from tests.support.applied import Applied

FOLDER = ROOT / "tests" / "roots" / "every_option"
DEVICE_TOKEN = "device-1"


def root(environment: Mapping[str, str], folder: Path, receiver_url: str, sns: Any, **values: Any) -> Applied:
    """The root for the emulator that `environment` and the client `sns` speak to. Nothing is applied yet."""
    variables = {
        "package": str(_package(folder)),
        "receiver": receiver_url,
        "device_endpoint_arn": device(sns),
        **values,
    }
    return Applied(FOLDER, environment, folder, variables)


def _package(folder: Path) -> Path:
    made = folder / "echo.zip"
    with zipfile.ZipFile(made, "w") as package:
        for file in sorted((FOLDER / "functions").rglob("*.py")):
            package.writestr(zipfile.ZipInfo(str(file.relative_to(FOLDER / "functions"))), file.read_text())
    return made


def device(sns: Any) -> str:
    """What an app's backend would do when a device reports its token."""
    keys = {"PlatformCredential": "credential", "PlatformPrincipal": "principal"}
    application = sns.create_platform_application(Name="every-option-devices", Platform="APNS", Attributes=keys)[
        "PlatformApplicationArn"
    ]
    made: str = sns.create_platform_endpoint(PlatformApplicationArn=application, Token=DEVICE_TOKEN)["EndpointArn"]
    return made
