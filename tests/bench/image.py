"""How large the image is."""

from tests.bench.bench import Bench
from tests.harness.docker import run


def measure(bench: Bench) -> dict[str, float]:
    """Ask Docker for the size of all layers."""
    size = run("docker", "image", "inspect", "--format", "{{.Size}}", bench.image)
    return {"image_mb": int(size) / 1e6}
