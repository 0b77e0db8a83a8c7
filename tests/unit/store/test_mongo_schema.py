from qlines.store.mongo_schema import RULES, Index, validator


def test_a_validator_requires_every_named_field_with_its_type():
    (presence,) = (rule for rule in RULES if rule.name == "presence")

    assert validator(presence) == {
        "$jsonSchema": {
            "bsonType": "object",
            "required": ["_id", "connected", "changed_at"],
            "properties": {
                "_id": {"bsonType": "objectId"},
                "connected": {"bsonType": "bool"},
                "changed_at": {"bsonType": "date"},
            },
        }
    }


def test_every_collection_has_one_rule():
    names = [rule.name for rule in RULES]

    assert len(names) == len(set(names))


def test_two_orders_of_the_same_fields_have_two_names():
    for rule in RULES:
        names = [index.name for index in rule.indexes]
        assert len(names) == len(set(names)), rule.name


def test_an_index_is_named_after_its_fields():
    assert Index([("device", 1), ("ts", -1)]).name == "device_ts"
