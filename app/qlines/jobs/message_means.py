"""What senders of messages need, as the settings say."""

from email.message import EmailMessage

from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.messengers.apprise_process import Apprise
from qlines.messengers.mail_links import MailLinks
from qlines.messengers.mail_server import mail_server
from qlines.messengers.means import SECONDS, Means
from qlines.messengers.vapid import VapidKey, subject_of
from qlines.settings import Settings
from qlines.store import caught_mail
from qlines.webhook.sender import Sender
from qlines.webhook.url import Rules


def means_of(settings: Settings, clock: Clock) -> Means:
    """Return what senders need; without a demonstration no mail is kept."""
    rules = Rules(settings.webhook_http, settings.webhook_private_addresses)
    public_url = settings.public_url.rstrip("/")
    url, sender = settings.smtp_url, settings.admin_email
    return Means(
        http=Sender(rules, clock, seconds=SECONDS),
        clock=clock,
        public_url=public_url,
        links=MailLinks(settings.secret_key, public_url),
        mail_server=mail_server(url, sender, settings.smtp_ca_file) if url else None,
        telegram_token=settings.telegram_bot_token,
        vapid=VapidKey(settings.secret_key, subject_of(public_url, sender)),
        apprise=Apprise(rules) if settings.apprise else None,
    )


def keep_mail(db: Documents, mail: EmailMessage, clock: Clock) -> None:
    """Keep a mail for the page of the demonstration, by its plain text."""
    part = mail.get_body(("plain",))
    text = part.get_content() if part else ""
    now = utc_datetime(clock.now_us())
    caught_mail.keep(db, mail["To"], mail["Subject"], text, now)
