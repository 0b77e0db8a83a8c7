import pytest

from qlines.store.account_mails import AccountMail
from qlines.store.alarm_document import AlarmDocument
from qlines.store.alarm_events import AlarmEvent
from qlines.store.alarm_states import StateDocument
from qlines.store.api_keys import ApiKeyDocument
from qlines.store.audit import Line
from qlines.store.call_webhooks import CallWebhook
from qlines.store.caught_mail import CaughtMail
from qlines.store.channels import Channel
from qlines.store.claims import ClaimDocument
from qlines.store.command_document import CommandDocument
from qlines.store.controls import ControlDocument
from qlines.store.device_document import DeviceDocument
from qlines.store.exports import ExportDocument
from qlines.store.mail_counts import MailCount
from qlines.store.mail_outage import MailOutage
from qlines.store.mongo_schema import RULES, Index, validator
from qlines.store.notifications import Notification
from qlines.store.owner_attributes import AttributeChange
from qlines.store.password_links import PasswordLink
from qlines.store.products import ProductDocument
from qlines.store.sessions import SessionDocument
from qlines.store.unregistered import UnregisteredDocument
from qlines.store.users import UserDocument
from qlines.store.waiting_devices import WaitingDevice


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


@pytest.mark.parametrize(
    ("collection", "document", "not_required"),
    [
        ("alarm_states", StateDocument, {"alarm"}),
        ("users", UserDocument, {"disabled", "time_zone", "bell_seen_at", "password_link"}),
        ("password_links", PasswordLink, set()),
        (
            "alarms",
            AlarmDocument,
            {
                "value", "limit", "clear", "last_value", "ended_at", "ended_ts", "end_reason",
                "acknowledged_at", "acknowledged_by", "assignee", "muted_until",
            },
        ),
        ("alarm_events", AlarmEvent, set()),
        ("audit", Line, set()),
        ("caught_mail", CaughtMail, set()),
        ("call_webhooks", CallWebhook, {"old_secret", "old_secret_until"}),
        (
            "channels",
            Channel,
            {
                "session", "failing_since", "is_slow", "disabled_reason", "busy_until",
                "busy_with", "unconfirmed_since",
            },
        ),
        ("claims", ClaimDocument, set()),
        ("controls", ControlDocument, {"reported_key"}),
        (
            "devices",
            DeviceDocument,
            {
                "displays", "commands_in_order", "claimed_from", "product", "provisioned_at",
                "provision_until",
            },
        ),
        (
            "notifications",
            Notification,
            {"open", "message", "subject", "text", "waits_for_server", "ended_at"},
        ),
        ("mail_counts", MailCount, set()),
        ("mail_outage", MailOutage, set()),
        ("account_mails", AccountMail, set()),
        ("products", ProductDocument, set()),
        ("waiting_devices", WaitingDevice, set()),
        ("attribute_changes", AttributeChange, set()),
        ("sessions", SessionDocument, {"address", "agent"}),
        ("api_keys", ApiKeyDocument, {"last_used"}),
        ("exports", ExportDocument, {"side", "in_database", "percent"}),
        (
            "commands",
            CommandDocument,
            {
                "open", "key", "mark", "sent_at", "delivered_at", "answered_at", "ended_at",
                "answer", "error",
            },
        ),
        ("unregistered", UnregisteredDocument, {"notified_at", "notified_by"}),
    ],
)  # fmt: skip
def test_the_type_of_a_document_has_the_fields_that_mongodb_requires(
    collection, document, not_required
):
    (rule,) = (rule for rule in RULES if rule.name == collection)

    assert set(document.__annotations__) - not_required == set(rule.fields)
