"""Match components against known vulnerabilities in OSV's format; pure.

Format: https://ossf.github.io/osv-schema/. Versions are compared by Debian's rule for Debian, and
for the other ecosystems by their numbers, where letters (rc, beta) come before the release.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

Vulnerability = dict[str, Any]  # one document of OSV


class Package(NamedTuple):
    """A package as OSV names it."""

    ecosystem: str
    name: str
    version: str


def package_of(purl: str) -> Package:
    """Return OSV's name for a package URL of the SBOM."""
    path, _, query = purl.removeprefix("pkg:").partition("?")
    path, _, version = path.rpartition("@")
    kind, _, name = unquote(path).partition("/")
    qualifiers = parse_qs(query)
    if kind == "deb":
        release = qualifiers["distro"][0].removeprefix("debian-")
        source = qualifiers.get("upstream", [name.removeprefix("debian/")])[0]
        return Package(f"Debian:{release}", source, unquote(version))
    ecosystem = {"pypi": "PyPI", "npm": "npm", "maven": "Maven"}.get(kind, kind)
    return Package(ecosystem, name.replace("/", ":") if kind == "maven" else name, unquote(version))


def matches(
    packages: Iterable[Package], database: Iterable[Vulnerability]
) -> Iterator[tuple[Package, Vulnerability]]:
    """Yield each package with each vulnerability that affects its version."""
    by_name: dict[tuple[str, str], list[Package]] = {}
    for package in packages:
        by_name.setdefault((package.ecosystem, package.name), []).append(package)
    for vulnerability in database:
        if "withdrawn" in vulnerability:
            continue
        for affected in vulnerability.get("affected", ()):
            named = affected.get("package", {})
            for package in by_name.get((named.get("ecosystem"), named.get("name")), ()):
                if is_affected(package, affected):
                    yield package, vulnerability


def is_affected(package: Package, affected: dict[str, Any]) -> bool:
    """Return whether OSV's `affected` object covers the package's version."""
    return package.version in affected.get("versions", ()) or any(
        _is_in_range(package, events["events"])
        for events in affected.get("ranges", ())
        if events.get("type") != "GIT"
    )


def _is_in_range(package: Package, events: Iterable[dict[str, str]]) -> bool:
    """Follow the events up to the version: introduced, fixed, last_affected."""
    is_debian = package.ecosystem.startswith("Debian")
    key = cmp_to_key(compare_debian if is_debian else compare_numbers)
    version: Any = key(package.version)
    result = False
    for event in sorted(events, key=lambda event: key(next(iter(event.values())))):
        kind, at = next(iter(event.items()))
        if kind == "introduced":
            result = result or at == "0" or version >= key(at)
        elif kind == "fixed":
            result = result and version < key(at)
        elif kind == "last_affected":
            result = result and version <= key(at)
    return result


def compare_numbers(left: str, right: str) -> int:
    """Compare versions such as 2.13.18, 1.0.0-rc.1 or 25.0.5.1: negative, 0 or positive."""
    return _compare(_parts(left), _parts(right))


def _parts(version: str) -> list[tuple[int, int, str]]:
    """Return comparable parts; a word comes before the end, and the end before a number."""
    text = version.lower().removeprefix("v").partition("+")[0]
    release = re.match(r"[0-9.]*", text)[0].removesuffix(".")  # type: ignore[index]  # always matches
    release_without_zeros = re.sub(r"(\.0)+$", "", release)  # 1.0 is 1
    words = re.findall(r"\d+|[a-z]+", release_without_zeros + text.removeprefix(release))
    parts = [(2, int(word), "") if word.isdecimal() else (0, 0, word) for word in words]
    return [*parts, (1, 0, "")]


def compare_debian(left: str, right: str) -> int:
    """Compare versions by Debian's policy manual, 5.6.12: epoch, upstream version, revision."""
    return _compare(*([_debian_key(part) for part in _split(version)] for version in (left, right)))


def _split(version: str) -> tuple[str, str, str]:
    epoch, _, rest = version.rpartition(":") if ":" in version else ("0", "", version)
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "0")
    return epoch, upstream, revision


def _debian_key(text: str) -> list[Any]:
    """Alternate text and numbers; a tilde comes before the end, letters before other characters."""
    key: list[Any] = []
    for words, digits in re.findall(r"(\D*)(\d*)", text):
        order = [-1 if char == "~" else ord(char) + 256 * (not char.isalpha()) for char in words]
        key += [[*order, 0], int(digits or 0)]
    return key


def _compare(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)
