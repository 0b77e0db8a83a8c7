"""Insert readings so that one that ClickHouse refuses does not block all that follow it."""

import logging
import struct
from collections.abc import Callable
from typing import Any

from clickhouse_driver import Client, errors
from clickhouse_driver.columns.exceptions import ColumnException

from qlines.clients.clickhouse import Pool
from qlines.errors import QLinesError, StoreUnavailableError
from qlines.reading import Reading
from qlines.store.readings import Columns, columns_of

log = logging.getLogger(__name__)

# Server errors about a value itself, which no retry can cure: 6 CANNOT_PARSE_TEXT,
# 27 CANNOT_PARSE_INPUT_ASSERTION_FAILED, 36 BAD_ARGUMENTS, 53 TYPE_MISMATCH,
# 69 ARGUMENT_OUT_OF_BOUND, 70 CANNOT_CONVERT_TYPE, 117 INCORRECT_DATA, 321 VALUE_IS_OUT_OF_RANGE.
CONTENT_CODES = frozenset({6, 27, 36, 53, 69, 70, 117, 321})
# What the driver raises while it turns a value into bytes.
CONTENT_ERRORS = (ColumnException, struct.error, TypeError, ValueError, OverflowError)


class RefusedError(QLinesError):
    """ClickHouse refuses the content of these readings and always will."""


def insert(pool: Pool, statement: Callable[[Client, Columns], int], readings: list[Reading]) -> int:
    """Insert *readings* with *statement* and return the number of points.

    Raise RefusedError when ClickHouse refuses their content. Every other error, such as a missing
    table, is StoreUnavailableError: acknowledged data waits until an operator has mended the cause.
    """
    try:
        with pool.client() as client:
            return statement(client, columns_of(readings))
    except errors.ServerException as error:
        if error.code in CONTENT_CODES:
            raise RefusedError(str(error)) from error
        raise StoreUnavailableError("clickhouse", error) from error
    except CONTENT_ERRORS as error:
        raise RefusedError(repr(error)) from error


def insert_bisecting(
    readings: list[Reading], insert_all: Callable[[list[Reading]], Any]
) -> list[Reading]:
    """Insert *readings* and return the refused ones, found by bisection.

    *insert_all* raises RefusedError for a list that it did not insert; other errors pass through.
    """
    if not readings:
        return []
    try:
        insert_all(readings)
    except RefusedError as error:
        if len(readings) == 1:
            device = readings[0].device
            log.error("skipped a reading of device %s, clickhouse refuses it: %s", device, error)  # noqa: TRY400 - the text has the cause
            return readings
        half = len(readings) // 2
        return [
            *insert_bisecting(readings[:half], insert_all),
            *insert_bisecting(readings[half:], insert_all),
        ]
    return []
