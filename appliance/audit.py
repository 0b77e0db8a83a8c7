"""Compare what an image contains with known vulnerabilities: ``make audit``.

Settings of its environment: IMAGE (qlines/appliance) or SBOM, a file of CycloneDX; DATABASE, a file
or a folder of OSV documents, which https://osv.dev offers as an archive for each ecosystem. Without
DATABASE it asks api.osv.dev.

Exit status: 0 nothing that is not judged, 1 something, 2 wrong usage, 3 no database was reached:
nothing was compared.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from appliance.osv import Package, Vulnerability, matches, package_of

FOUND, WRONG_USAGE, UNREACHABLE = 1, 2, 3
IN_IMAGE = "/usr/share/qlines/sbom.cdx.json"
OSV = "https://api.osv.dev/v1/"
QUERIES_AT_ONCE = 500  # OSV takes up to 1,000
TIMEOUT_SECONDS = 30
JUDGED = Path(__file__).resolve().parents[1] / "docs" / "judged_vulnerabilities.tsv"


class UsageError(Exception):
    """A file that cannot be read; the text says which and why."""


def read_json(path: Path) -> Any:
    """Return a document; raise UsageError when it is missing or invalid."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} must be a readable JSON file: {error}") from None


def read_sbom(env: dict[str, str]) -> dict[str, Any]:
    """Return the SBOM of the file or the image that the environment names; raise UsageError."""
    if file := env.get("SBOM"):
        return dict(read_json(Path(file)))
    image = env.get("IMAGE") or "qlines/appliance"
    command = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "cat", image, IN_IMAGE]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - the image is the operator's
    except (OSError, subprocess.CalledProcessError) as error:
        raise UsageError(f"{image} must be an image with {IN_IMAGE}: {error}") from None
    return dict(json.loads(result.stdout))


def read_database(path: Path) -> Iterator[Vulnerability]:
    """Yield the documents of a file (one, or a list) or of all files of a folder."""
    for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
        content = read_json(file)
        yield from content if isinstance(content, list) else [content]


def ask_osv(packages: list[Package]) -> Iterator[tuple[Package, Vulnerability]]:
    """Yield each package with the ids that OSV knows for it; raise OSError when it is away."""
    for start in range(0, len(packages), QUERIES_AT_ONCE):
        some = packages[start : start + QUERIES_AT_ONCE]
        queries = [
            {"package": {"ecosystem": one.ecosystem, "name": one.name}, "version": one.version}
            for one in some
        ]
        answers = _post("querybatch", {"queries": queries})["results"]
        for package, answer in zip(some, answers, strict=True):
            for vulnerability in answer.get("vulns", ()):
                yield package, vulnerability


def _post(call: str, body: Any) -> Any:
    request = urllib.request.Request(  # noqa: S310 - a constant https address
        OSV + call, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
        return json.load(answer)


def judged(path: Path = JUDGED) -> dict[str, str]:
    """Return why each vulnerability that we have looked at does not matter here, by its id."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("\t", 1) for line in lines)


def lines_of(
    found: Iterable[tuple[Package, Vulnerability]], reasons: dict[str, str]
) -> tuple[list[str], int]:
    """Return a line for each finding, and how many of them nobody has judged yet."""
    lines, open_findings = [], 0
    for package, vulnerability in sorted(found, key=lambda one: (one[0], one[1]["id"])):
        names = [vulnerability["id"], *vulnerability.get("aliases", ())]
        reason = next((reasons[name] for name in names if name in reasons), "")
        open_findings += not reason
        text = reason or vulnerability.get("summary", "") or "not judged yet"
        verdict = "judged" if reason else "OPEN"
        lines.append(f"{verdict:6} {package.name} {package.version}  {', '.join(names)}  {text}")
    return lines, open_findings


def main(env: dict[str, str]) -> int:
    """Print the findings and return the exit status of the module's docstring."""
    try:
        components = read_sbom(env)["components"]
        packages = sorted({package_of(item["purl"]) for item in components})
        if database := env.get("DATABASE"):
            found = list(matches(packages, read_database(Path(database))))
        else:
            found = list(ask_osv([one for one in packages if one.ecosystem != "generic"]))
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_USAGE
    except (OSError, urllib.error.URLError) as error:
        sys.stderr.write(
            f"NOTHING WAS COMPARED: {OSV} does not answer ({error}). Run this where it can be "
            "reached, or download an archive of https://osv.dev, unpack it and name the folder: "
            "make audit DATABASE=FOLDER\n"
        )
        return UNREACHABLE
    lines, open_findings = lines_of(found, judged())
    lines.append(f"{len(packages)} packages, {len(found)} findings, {open_findings} not judged yet")
    sys.stdout.write("\n".join(lines) + "\n")
    return FOUND if open_findings else 0


if __name__ == "__main__":
    sys.exit(main(dict(os.environ)))
