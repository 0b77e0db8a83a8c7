"""List what an image contains as CycloneDX JSON: ``python3 sbom.py NAME``, in a stage of its build.

It reads the file system that it runs in. The same content gives the same bytes: there is no time
and no random serial number in it. Format: https://cyclonedx.org/docs/1.6/json/; package URLs:
https://github.com/package-url/purl-spec, whose `upstream` names a Debian package's source, under
which Debian publishes vulnerabilities.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

Component = dict[str, Any]

DPKG_FORMAT = "${Package}\t${Version}\t${source:Package}\t${db:Status-Status}\n"
CLICKHOUSE = Path("/opt/clickhouse/packages.tsv")  # of bookworm, in DPKG_FORMAT
CLICKHOUSE_DEBIAN = "12"
CLICKHOUSE_VERSION = Path("/opt/clickhouse/version")  # of a server from another image
MONGOD = Path("/opt/mongodb/mongod")
ARTIFACTS = Path("/opt/kafka/artifacts.txt")  # what Maven's dependency:list prints
JAVA = Path("/opt/java/release")
NPM_LOCK = Path("/build/package-lock.json")
PYTHON_PACKAGES = "opt/qlines/venv/lib/python3*/site-packages/*.dist-info/METADATA"


def component(name: str, version: str, purl: str, kind: str = "library", **more: str) -> Component:
    """Return one component; *purl* is its package URL up to the version."""
    path, _, qualifiers = purl.partition("?")
    full = f"{path}@{quote(version, safe=':')}" + (f"?{qualifiers}" if qualifiers else "")
    return {"type": kind, "bom-ref": full, "name": name, "version": version, "purl": full, **more}


def debian(listing: str, release: str) -> Iterator[Component]:
    """Yield the packages of a listing in DPKG_FORMAT."""
    for line in listing.splitlines():
        name, version, source, status = line.split("\t")
        if status == "installed":
            qualifiers = f"arch=amd64&distro=debian-{release}"
            if source != name:
                qualifiers += f"&upstream={quote(source)}"
            yield component(name, version, f"pkg:deb/debian/{quote(name)}?{qualifiers}")


def python(metadata: Iterable[str]) -> Iterator[Component]:
    """Yield the packages whose METADATA files are given."""
    for text in metadata:
        fields = HeaderParser().parsestr(text)
        name, version = str(fields["Name"]), str(fields["Version"])
        yield component(name, version, f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}")


def maven(listing: str) -> Iterator[Component]:
    """Yield the jars of a listing by dependency:list: ``group:artifact:jar:version:scope``."""
    for group, artifact, version in re.findall(
        r"^\s+([\w.-]+):([\w.-]+):jar:([\w.-]+):\w+", listing, re.MULTILINE
    ):
        yield component(f"{group}:{artifact}", version, f"pkg:maven/{group}/{artifact}")


def npm(lock: dict[str, Any]) -> Iterator[Component]:
    """Yield what a package-lock.json (version 3) installs without development packages."""
    for path, package in lock["packages"].items():
        if path and not package.get("dev") and not package.get("optional"):
            name = path.rpartition("node_modules/")[2]
            yield component(name, package["version"], f"pkg:npm/{quote(name, safe='/')}")


def java(release: str) -> Iterator[Component]:
    """Yield the runtime that the file `release` of a JDK describes."""
    version = re.search(r'^JAVA_VERSION="(.+)"', release, re.MULTILINE)
    if version:
        yield program("openjdk", version[1], "oracle:openjdk")


def clickhouse(version: str) -> Iterator[Component]:
    """Yield the server of another image than Debian's, by its version."""
    if version:
        yield program("clickhouse", version.strip(), "clickhouse:clickhouse")


def mongodb(printed: str) -> Iterator[Component]:
    """Yield the server that ``mongod --version`` describes."""
    version = re.search(r"^db version v(\S+)", printed, re.MULTILINE)
    if version:
        yield program("mongodb", version[1], "mongodb:mongodb")


def program(name: str, version: str, vendor_and_product: str) -> Component:
    """Return a program that is in no package manager; scanners find it by its CPE."""
    cpe = f"cpe:2.3:a:{vendor_and_product}:{version}:*:*:*:*:*:*:*"
    return component(name, version, f"pkg:generic/{name}", "application", cpe=cpe)


def document(name: str, components: Iterable[Component]) -> dict[str, Any]:
    """Return the whole document; components are sorted and each is listed once."""
    by_ref = {item["bom-ref"]: item for item in components}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name}},
        "components": [by_ref[ref] for ref in sorted(by_ref)],
    }


def installed(root: Path = Path("/")) -> Iterator[Component]:
    """Yield everything that the file system at *root* contains; dpkg's is the running system's."""
    release = re.search(r'^VERSION_ID="(\d+)"', _read(root / "etc/os-release"), re.MULTILINE)
    yield from debian(_run("dpkg-query", "-W", "-f", DPKG_FORMAT), release[1] if release else "")
    yield from debian(_read(CLICKHOUSE), CLICKHOUSE_DEBIAN)
    yield from clickhouse(_read(CLICKHOUSE_VERSION))
    yield from python(path.read_text() for path in root.glob(PYTHON_PACKAGES))
    yield from maven(_read(ARTIFACTS))
    yield from java(_read(JAVA))
    yield from npm(json.loads(_read(NPM_LOCK) or '{"packages": {}}'))
    if MONGOD.exists():
        yield from mongodb(_run(str(MONGOD), "--version"))


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - the two commands above


if __name__ == "__main__":
    json.dump(document(sys.argv[1], installed()), sys.stdout, ensure_ascii=False, indent=0)
    sys.stdout.write("\n")
