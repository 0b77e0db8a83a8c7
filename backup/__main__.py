"""The same as `qlines backup`: ``python -m backup create``."""

import runpy
import sys

if __name__ == "__main__":
    sys.argv[1:1] = ["backup"]
    # By its name: the command line is above this package in the import law.
    runpy.run_module("qlines.cli", run_name="__main__", alter_sys=True)
