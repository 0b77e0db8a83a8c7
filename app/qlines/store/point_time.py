"""How the table `points` cuts a time into pieces, and the SQL that puts the pieces together.

A time in microseconds is ``block * 2**35 + span * 2**24 + step * 2**16 + rest``; the README of
clickhouse_schema says why. The schema files repeat these numbers, and a test compares them.
"""

BLOCK_US = 2**35
SPAN_US = 2**24
STEP_US = 2**16

# The time of a row of `points`.
TS = (
    f"(toInt64(block) * {BLOCK_US} + toInt64(span) * {SPAN_US} + toInt64(step) * {STEP_US}"
    " + toInt64(rest))"
)
# Reads the primary key, so ClickHouse skips the blocks outside the range.
BLOCK_IN_RANGE = f"block BETWEEN intDiv(%(from_us)s, {BLOCK_US}) AND intDiv(%(to_us)s, {BLOCK_US})"
