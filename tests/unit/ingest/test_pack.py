import orjson

from qlines.ingest.pack import RECORD_BYTES, pack


def reading(number, text="x"):
    return {"device": "d", "owner": "o", "ts": number, "values": {"a": text}}


def test_it_packs_five_hundred_readings_into_one_record():
    readings = [reading(number) for number in range(1001)]

    records = list(pack(readings))

    assert [count for _, count in records] == [500, 500, 1]
    assert [one for record, _ in records for one in orjson.loads(record)] == readings


def test_it_makes_smaller_records_of_large_readings():
    readings = [reading(number, "x" * 60_000) for number in range(20)]

    records = list(pack(readings))

    assert sum(count for _, count in records) == 20
    assert all(len(record) <= RECORD_BYTES for record, _ in records)


def test_it_packs_nothing_into_nothing():
    assert list(pack([])) == []
