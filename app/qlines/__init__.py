"""QLines: devices' messages become readings that their owners see.

A reader's path is the data's path: reading.py ▶ spool/ ▶ ingest/ ▶ writer/, live/ ▶ store/ ▶ web/.
Only ``gunicorn qlines:app`` touches the attribute ``app``, so the workers never load Flask.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'qlines' has no attribute {name!r}")
    from qlines.web.factory import create_app_from_env  # noqa: PLC0415 - the workers must not load Flask

    try:
        return create_app_from_env()
    except AttributeError as error:
        # gunicorn takes an AttributeError for "there is no app" and hides what went wrong inside.
        raise RuntimeError(f"the web app could not be made: {error}") from error
