"""Where Terraform finds its provider: in a mirror, by the user's configuration, or in the registry."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orderflow_cli.toolchain import terraform_provider

ADDRESS = "registry.terraform.io/hashicorp/aws"
PLATFORM = "linux_amd64"


def write_unpacked_provider(folder: Path, version: str = "5.100.0", platform: str = PLATFORM) -> Path:
    (folder / ADDRESS / version / platform).mkdir(parents=True)
    return folder


def write_packed_provider(folder: Path, version: str = "5.100.0", platform: str = PLATFORM) -> Path:
    (folder / ADDRESS).mkdir(parents=True)
    (folder / ADDRESS / f"terraform-provider-aws_{version}_{platform}.zip").touch()
    return folder


@pytest.mark.parametrize(
    ("write", "version", "platform", "others", "is_used"),
    [
        (write_unpacked_provider, "5.100.0", PLATFORM, {}, True),
        (write_packed_provider, "5.100.0", PLATFORM, {}, True),
        (write_unpacked_provider, "5.99.0", PLATFORM, {}, False),
        (write_unpacked_provider, "5.100.0", "darwin_arm64", {}, False),
        (write_unpacked_provider, "5.100.0", PLATFORM, {"registry.terraform.io/hashicorp/random": "3.0.0"}, False),
    ],
    ids=["unpacked", "packed", "another version", "another platform", "lacks a provider"],
)
def test_mirror_is_used_when_it_has_the_locked_provider(
    tmp_path: Path, *, write: Callable[..., Path], version: str, platform: str, others: dict[str, str], is_used: bool
) -> None:
    folder = write(tmp_path / "second", version, platform)

    mirror = terraform_provider.find_mirror([tmp_path / "first", folder], {ADDRESS: "5.100.0", **others}, PLATFORM)

    assert mirror == (folder if is_used else None)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine whose only provider mirror is the returned folder."""
    monkeypatch.setattr(terraform_provider, "default_mirror_folders", lambda: [tmp_path / "plugins"])
    monkeypatch.setattr(terraform_provider, "current_platform", lambda: PLATFORM)
    monkeypatch.setattr(terraform_provider, "LOCAL_TERRAFORM_FOLDER", tmp_path / ".local")
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.delenv("TF_PLUGIN_CACHE_DIR", raising=False)
    terraform_provider.source.cache_clear()
    yield tmp_path / "plugins"
    terraform_provider.source.cache_clear()


def test_generated_configuration_is_used_with_a_mirror(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_unpacked_provider(machine)
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/nowhere/terraformrc")

    source = terraform_provider.source()

    configuration = Path(source.variables["TF_CLI_CONFIG_FILE"]).read_text()
    assert source.is_mirror
    assert f'path    = "{machine}"' in configuration
    assert configuration.count(f'["{ADDRESS}"]') == 2


def test_providers_are_cached_in_the_clone_without_a_mirror(machine: Path) -> None:
    source = terraform_provider.source()

    assert not source.is_mirror
    assert Path(source.variables["TF_PLUGIN_CACHE_DIR"]).is_dir()
    assert "TF_CLI_CONFIG_FILE" not in source.variables


def test_empty_configuration_replaces_a_missing_one(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/nowhere/terraformrc")

    source = terraform_provider.source()

    assert Path(source.variables["TF_CLI_CONFIG_FILE"]).is_file()


def test_existing_user_configuration_is_used(machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "terraformrc").write_text("# names a network mirror")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "terraformrc"))

    source = terraform_provider.source()

    assert "TF_CLI_CONFIG_FILE" not in source.variables


def test_committed_lock_file_is_parsed() -> None:
    assert terraform_provider.locked_providers() == {ADDRESS: "5.100.0"}
