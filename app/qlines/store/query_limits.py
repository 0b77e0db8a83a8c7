"""ClickHouse's settings for the queries of one person, so that one cannot slow all the others.

18.16 and today's both know them: https://clickhouse.com/docs/operations/settings/query-complexity
"""


def person_settings(max_seconds: int, max_rows: int) -> dict[str, int]:
    """Return the settings: how long a query may take, how many rows it may read, its threads.

    With one thread it cannot take every core; it is the writer's, ingest's and the web app's turn
    too.
    """
    return {
        "max_execution_time": max_seconds,
        "max_rows_to_read": max_rows,
        "max_threads": 1,
    }
