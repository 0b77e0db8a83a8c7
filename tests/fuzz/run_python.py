"""Fuzz a Python target with atheris: ``python -m tests.fuzz.run_python TARGET PROGRAM OPTION…``."""

import importlib
import logging
import sys

import atheris


def main():
    """Instrument our own code, so that libFuzzer sees which branches an input takes."""
    logging.disable()  # a line for each input would be all that is ever done
    with atheris.instrument_imports(include=["qlines", "appliance"]):
        target = importlib.import_module(f"tests.fuzz.python.{sys.argv[1]}")
    atheris.Setup(sys.argv[2:], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
