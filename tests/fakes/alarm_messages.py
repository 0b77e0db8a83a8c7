"""An owner, a rule, its alarms and channels in the fake MongoDB, for who sends messages."""

from datetime import timedelta

from bson import ObjectId

from qlines.clock import FakeClock, utc_datetime
from qlines.jobs.delivery import Delivery
from qlines.jobs.dispatch.dispatcher import planned
from qlines.messengers import result
from qlines.messengers.mail_links import MailLinks
from qlines.messengers.mail_server import MailServer
from qlines.messengers.means import Means
from qlines.messengers.vapid import VapidKey
from qlines.store import alarm_events, channels, notifications
from qlines.store.alarm_document import Cause, Subject, alarm_document, end_fields, entry
from qlines.store.channel_rules import ChannelFields
from tests.fakes.mongo import FakeMongo

ALICE, BOB = ObjectId("a" * 24), ObjectId("b" * 24)
EMAIL = {"address": "alice@example.com"}
NIGHT = {"zone": "Europe/Berlin", "from": "22:00", "to": "07:00"}


def at_berlin(stage, hour):
    """Move the clock to the next time it is so late in Berlin, in winter."""
    midnight = stage.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    stage.clock.advance((midnight + timedelta(hours=hour - 1) - stage.now).total_seconds())


class Stage:
    """What has happened, and what the senders were given: (channel type, message) each time."""

    most_mails_a_day = 0

    def __init__(self):
        self.db = FakeMongo()
        self.clock = FakeClock()
        self.sent = []
        self.addresses = []
        self.results = []
        self.rule = self.add_rule()

    @property
    def now(self):
        return utc_datetime(self.clock.now_us())

    def add_rule(self, owner=ALICE, **fields):
        others = self.db.alarm_rules.count_documents({})
        rule = {
            "_id": ObjectId(), "owner": owner, "channels": None,
            "name": f"rule {others}" if others else "Pump too hot",
            "cool_down_seconds": 0, "reminder_seconds": 0, "escalation": None, "message": "",
        } | fields  # fmt: skip
        self.db.alarm_rules.insert_one(rule)
        return rule

    def add_channel(self, owner=ALICE, channel_type="email", settings=None, **fields):
        given = ChannelFields(
            "mine", channel_type, settings or EMAIL, default=True, enabled=True, operator=False,
            quiet_hours=None,
        )._replace(**fields)  # fmt: skip
        own = given.settings.get("address", "")
        return channels.add(self.db, owner, given, self.now, own_address=own)

    def raise_alarm(self, rule=None, device=None, severity="major", tags=(), quiet=False):
        rule = rule or self.rule
        device = device or ObjectId()
        if not self.db.devices.find_one({"_id": device}):
            self.db.devices.documents.append({"_id": device, "tags": list(tags)})
        subject = Subject(rule["owner"], device, "pump 7", rule["_id"], rule["name"], 1)
        cause = Cause("temperature", 93, 80, 75, self.clock.now_us())
        alarm = alarm_document(subject, severity, cause, started_at=self.now, now=self.now, fence=1)
        self.db.alarms.insert_one(alarm)
        self._happened(alarm, "raised", quiet)
        return alarm["_id"]

    def change(self, alarm_id, event_type, **fields):
        """Note an event of an alarm, which sets these fields."""
        alarm = self.db.alarms.find_one({"_id": alarm_id})
        alarm |= fields
        alarm["event_count"] += 1
        severity = fields.get("severity")
        alarm["events"].append(entry(event_type, self.now, severity=severity))
        self.db.alarms.update_one({"_id": alarm_id}, {"$set": alarm})
        self._happened(alarm, event_type)

    def clear(self, alarm_id, reason="reading"):
        self.change(alarm_id, "cleared", **end_fields(self.now, reason))

    def _happened(self, alarm, event_type, quiet=False):
        event = alarm_events.event_document(alarm, event_type, self.now, quiet=quiet)
        self.db.alarm_events.insert_one(event)

    def plan(self):
        """Plan what has happened, as the dispatcher does in its transaction."""
        events = alarm_events.unplanned(self.db, 1_000)
        made = planned(self.db, events, self.clock)
        notifications.insert_in_session(self.db, None, made)
        alarm_events.mark_planned(self.db, [event["_id"] for event in events], None)
        return made

    def deliver(self, channel):
        """Send what is due for a channel, and return how many messages were tried."""
        return self.delivery().send_due(channel["_id"], float("inf"), is_slow=True)

    def delivery(self):
        return Delivery(
            self.db, self.means(), self.clock, self._send, lambda: 0.0, self.most_mails_a_day
        )

    def plan_and_deliver(self, *given):
        self.plan()
        for channel in given:
            self.deliver(channel)

    def _send(self, channel_type, settings, message, means):
        self.sent.append(message)
        self.addresses.append(settings)
        outcome = self.results.pop(0) if self.results else result.ok("it arrived")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def means(self, http=None):
        return Means(
            http=http, clock=self.clock, public_url="https://devices.example.com",
            links=MailLinks("a secret of this appliance", "https://devices.example.com"),
            mail_server=MailServer("mail.example.com", 25, False, "", "", "qlines@example.com"),
            telegram_token="", vapid=VapidKey("secret", "mailto:a@example.com"),
        )  # fmt: skip

    def outbox(self, **query):
        return list(self.db.notifications.find(query))

    def states(self):
        """Return the state of each notification about an event."""
        return [one["state"] for one in self.outbox(purpose="event")]

    def advance(self, **duration):
        self.clock.advance(timedelta(**duration).total_seconds())
