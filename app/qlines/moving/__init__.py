"""`qlines move-to`: everything moves to other stores while it runs, or back; README.md says how."""
