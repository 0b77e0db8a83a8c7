"""Read the blog's settings from the environment, once, and refuse invalid ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from appliance.shared.settings import (
    PREFIX,
    Setting,
    SettingsError,
    on_or_off,
    optional_email,
    password,
    port,
    read_all,
    whole_number,
)

# A site's name becomes a folder, a database and its user; these belong to MariaDB.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_RESERVED_NAMES = {"mysql", "sys", "information_schema", "performance_schema", "root", "test"}
_NAME_RULE = (
    "the name must have 1 to 32 lower-case letters, digits and _, "
    "start with a letter and not be reserved by MariaDB"
)
_MAX_DOMAIN_CHARACTERS = 253  # RFC 1035 3.1, as text
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_USER = re.compile(r"[A-Za-z0-9 _.@-]{1,60}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?(_[a-z0-9]+)?")
_SMTP_PORTS = {"smtp": 587, "smtps": 465}


class Site(NamedTuple):
    """One WordPress: its name is also that of its folder, its database and its database user."""

    name: str
    domain: str
    title: str


class Admin(NamedTuple):
    """The first user of a site that is installed without WordPress's form."""

    email: str
    user: str
    password: str
    language: str


class MailServer(NamedTuple):
    """The server that accepts the sites' mail: TLS from the first byte, or STARTTLS if offered."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str


def _domains(text: str) -> dict[str, str]:
    if text == "none":
        raise ValueError(
            "name=domain pairs; to run no blog leave the container out (compose: --scale blog=0)"
        )
    domains: dict[str, str] = {}
    for item in text.split(","):
        name, _, domain = (part.strip() for part in item.partition("="))
        domain = domain.lower()
        if problem := _problem(name, domain, domains):
            raise ValueError(
                f"name=domain pairs separated by commas; in {item.strip()!r} {problem}"
            )
        domains[name] = domain
    return domains


def _problem(name: str, domain: str, others: Mapping[str, str]) -> str:
    if not _NAME.fullmatch(name) or name in _RESERVED_NAMES:
        return _NAME_RULE
    if len(domain) > _MAX_DOMAIN_CHARACTERS or not _DOMAIN.fullmatch(domain):
        return "the domain must be a host name such as blog.example.com"
    if name in others:
        return "the name is used twice"
    if domain in others.values():
        return "the domain is used twice"
    return ""


def _titles(text: str) -> dict[str, str]:
    titles: dict[str, str] = {}
    for item in filter(str.strip, text.split(";")):
        name, _, title = (part.strip() for part in item.partition("="))
        if not name or not title:
            raise ValueError("name=Title pairs separated by semicolons")
        titles[name] = title
    return titles


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise ValueError("1 to 60 letters, digits, blanks and _ . @ -")
    return text


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("a WordPress locale such as de_DE")
    return "" if text == "en_US" else text


def _mail_server(text: str) -> MailServer | None:
    if not text:
        return None
    rule = "an address such as smtp://user:password@host:587"
    try:
        url = urlsplit(text)
        number = url.port
    except ValueError:
        raise ValueError(rule) from None
    if url.scheme not in _SMTP_PORTS or not url.hostname:
        raise ValueError(rule)
    user, secret = unquote(url.username or ""), unquote(url.password or "")
    is_tls = url.scheme == "smtps"
    return MailServer(url.hostname, number or _SMTP_PORTS[url.scheme], is_tls, user, secret)


_sync_seconds = whole_number(1, 3600)


SETTINGS = (
    Setting(
        "BLOG_SITES",
        "wordpress_qlines=blog.localhost,wordpress_bigbang=bigbang.localhost",
        "the sites, name=domain",
        _domains,
    ),
    Setting("BLOG_TITLES", "", "titles of new sites; each site's domain otherwise", _titles),
    Setting("BLOG_ADMIN_EMAIL", "", "with a password, installs new sites", optional_email),
    Setting("BLOG_ADMIN_PASSWORD", "", "the first user's password", password, is_secret=True),
    Setting("BLOG_ADMIN_USER", "admin", "the first user's name", _user),
    Setting("BLOG_LANGUAGE", "en_US", "the language of new sites, as a locale", _language),
    Setting("BLOG_PLUGINS", "off", "on: admins may install plugins in the dashboard", on_or_off),
    Setting("BLOG_MAIL_FROM", "", "the sender of the sites' mail", optional_email),
    Setting("SMTP_URL", "", "the mail server; no mail is sent without it", _mail_server, True),
    Setting("BLOG_SYNC_SECONDS", "60", "between two fetches of the twin's files", _sync_seconds),
    Setting("HTTPS_PORT", "443", "the port that visitors see", port),
)


@dataclass(frozen=True)
class Settings:
    """Every setting, checked; one field each, named as the variable without its prefix."""

    blog_sites: dict[str, str]
    blog_titles: dict[str, str]
    blog_admin_email: str
    blog_admin_password: str
    blog_admin_user: str
    blog_language: str
    blog_plugins: bool
    blog_mail_from: str
    smtp_url: MailServer | None
    blog_sync_seconds: int
    https_port: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read every setting; raise SettingsError for the first invalid one."""
        settings = cls(**read_all(SETTINGS, env))
        settings._check_titles()
        settings._check_admin()
        return settings

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites, in the order of the setting."""
        return tuple(
            Site(name, domain, self.blog_titles.get(name, domain))
            for name, domain in self.blog_sites.items()
        )

    @property
    def admin(self) -> Admin | None:
        """The first user of new sites; None when they are installed by WordPress's form."""
        if not self.blog_admin_email:
            return None
        return Admin(
            self.blog_admin_email,
            self.blog_admin_user,
            self.blog_admin_password,
            self.blog_language,
        )

    def _check_titles(self) -> None:
        if unknown_titles := sorted(set(self.blog_titles) - set(self.blog_sites)):
            raise SettingsError(
                f"{PREFIX}BLOG_TITLES must name sites of {PREFIX}BLOG_SITES, "
                f"got {unknown_titles[0]!r}: correct one of the two"
            )

    def _check_admin(self) -> None:
        if bool(self.blog_admin_email) == bool(self.blog_admin_password):
            return
        given, missing = "EMAIL", "PASSWORD"
        if self.blog_admin_password:
            given, missing = missing, given
        raise SettingsError(
            f"{PREFIX}BLOG_ADMIN_{given} needs {PREFIX}BLOG_ADMIN_{missing}, which is empty: "
            "set both to install new sites, or neither to use WordPress's own form"
        )
