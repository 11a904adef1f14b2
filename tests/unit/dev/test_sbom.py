import hashlib
import json
import subprocess
from pathlib import Path

from dev.commands import sbom
from orderflow_cli.build import package


def build_zip(folder: Path, function: str) -> package.FunctionZip:
    path = folder / f"{function}.zip"
    path.write_bytes(function.encode())
    digest = hashlib.sha256(function.encode()).hexdigest()
    return package.FunctionZip(function, path, digest, path.stat().st_size, 1, 1, 0, 0.0)


def test_bill_of_materials_lists_zips_and_their_components(tmp_path: Path) -> None:
    built_zips = [build_zip(tmp_path, "relay"), build_zip(tmp_path, "finance")]

    document = sbom.load(sbom.write_document(built_zips, tmp_path))

    assert sbom.load(sbom.write_document(built_zips, tmp_path)) == document
    components = {one["name"]: one for one in document["components"]}
    dependencies = {one["ref"]: set(one.get("dependsOn", [])) for one in document["dependencies"]}
    powertools = components["aws-lambda-powertools"]
    assert components["relay.zip"]["hashes"] == [{"alg": "SHA-256", "content": built_zips[0].sha256}]
    assert components["relay.zip"]["version"] == sbom.head_commit()
    assert powertools["purl"] == f"pkg:pypi/aws-lambda-powertools@{powertools['version']}"
    assert powertools["bom-ref"] in dependencies["zip:relay"]
    assert dependencies[document["metadata"]["component"]["bom-ref"]] == {"zip:relay", "zip:finance"}
    document["components"][0]["type"] = "thing"
    assert "thing" in sbom.schema_violation(json.dumps(document))


def test_checksums_match_the_files(tmp_path: Path) -> None:
    built_zips = [build_zip(tmp_path, "relay"), build_zip(tmp_path, "finance")]

    checksums_file = sbom.write_checksums([one.path for one in built_zips], tmp_path)

    assert checksums_file.read_text() == f"{built_zips[1].sha256}  finance.zip\n{built_zips[0].sha256}  relay.zip\n"


def test_function_has_the_commit_of_its_last_change(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        options = ["-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.com"]
        result = subprocess.run(["git", *options, *arguments], check=True, capture_output=True, text=True)
        return result.stdout.strip()

    git("init", "-q")
    commits = {}
    for function in ("relay", "finance"):
        (tmp_path / "lambdas" / function).mkdir(parents=True)
        (tmp_path / "lambdas" / function / "handler.py").write_text("")
        git("add", "-A")
        git("commit", "-q", "-m", function)
        commits[function] = git("rev-parse", "HEAD")
    (tmp_path / "lambdas" / "finance" / "handler.py").write_text("changed = True")

    assert sbom.last_commit("relay", tmp_path) == commits["relay"]
    assert sbom.last_commit("finance", tmp_path) == f"{commits['finance']}-dirty"


def test_release_has_commit_and_checksum(tmp_path: Path) -> None:
    built_zip = build_zip(tmp_path, "relay")

    (file,) = sbom.write_releases([built_zip])

    assert file == tmp_path / "relay.release.json"
    assert json.loads(file.read_text()) == {"commit": sbom.last_commit("relay"), "sha256": built_zip.sha256}
