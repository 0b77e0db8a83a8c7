"""Size of the image."""

from tests.bench.bench import Bench
from tests.harness.docker import run


def measure(bench: Bench) -> dict[str, float]:
    """Return the size of all layers in MB."""
    size = run("docker", "image", "inspect", "--format", "{{.Size}}", bench.image)
    return {"image_mb": int(size) / 1e6}
