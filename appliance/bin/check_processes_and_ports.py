#!/opt/qlines/venv/bin/python
"""The command that operators know; its code is in healthcheck/."""

import runpy

runpy.run_module("healthcheck.check_processes_and_ports", run_name="__main__", alter_sys=True)
