"""The targets of `make fuzz`, and how those in C are compiled."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "fuzz"
PLUGIN = ROOT / "appliance" / "broker"
STUBS = ROOT / "tests" / "unit" / "broker" / "stubs"
CORPUS = HERE / "corpus"

# Each file of broker/, and which of the plugin's sources it calls.
BROKER = {
    "calls": ("calls",),
    "downlink_order": ("downlink_order",),
    "filters": ("filters",),
    "frame": ("frame",),
    "frame_time": ("frame",),
    "lag": ("backpressure",),
    "qos2_dedup": ("qos2_dedup",),
    "refusals": ("refusals",),
    "registry_value": ("registry_value",),
    "rejection_frames": ("rejection_frames", "requests"),
    "requests": ("requests",),
    "segment_names": ("segments", "frame"),
}
PYTHON = (
    "csv_import", "device_api", "ingest_route", "kafka_record", "spool_frame", "spool_reader",
    "state_file",
)  # fmt: skip
SANITIZERS = "address,undefined"


def compile_command(target: str, compiler: str, program: Path, sanitizers: str) -> list[str]:
    """Return the command that compiles a target of the broker.

    Without libFuzzer among the *sanitizers*, replay.c is its main function: it runs the target once
    for each file that it is given.
    """
    main = [] if "fuzzer" in sanitizers else [HERE / "broker" / "replay.c"]
    sources = [
        HERE / "broker" / f"{target}.c",
        *main,
        *(PLUGIN / f"{name}.c" for name in BROKER[target]),
        STUBS / "broker.c",
    ]
    return [
        compiler, "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-O1",
        f"-fsanitize={sanitizers}", "-fno-sanitize-recover=undefined",
        "-I", str(STUBS), "-I", str(PLUGIN), "-o", str(program), *map(str, sources),
        "-l:libz.so.1",
    ]  # fmt: skip


def corpus_of(target: str) -> list[Path]:
    """Return the inputs that the repository keeps for a target."""
    return sorted((CORPUS / target).iterdir())
