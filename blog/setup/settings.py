"""Read the blog's settings from the environment, once, and refuse what makes no sense."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

DEFAULT_SITES = "wordpress_qlines=blog.localhost,wordpress_bigbang=bigbang.localhost"
# It becomes a folder, a database and its user; "mysql" and the like belong to MariaDB.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TAKEN_NAMES = {"mysql", "sys", "information_schema", "performance_schema", "root", "test"}
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_USER = re.compile(r"[A-Za-z0-9 _.@-]{1,60}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?(_[a-z0-9]+)?")


class SettingsError(Exception):
    """A setting makes no sense; the text is one sentence with rule, value and remedy."""


@dataclass(frozen=True)
class Site:
    """One WordPress: its name is also that of its folder, its database and its database user."""

    name: str
    domain: str
    title: str


@dataclass(frozen=True)
class Admin:
    """Who signs in first to a site that is installed without its form."""

    email: str
    user: str
    password: str
    language: str


@dataclass(frozen=True)
class MailServer:
    """The server that takes the sites' mail; *is_tls* from the first byte, else by STARTTLS."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str


@dataclass(frozen=True)
class Settings:
    """Every setting of the blog, checked."""

    sites: tuple[Site, ...]
    admin: Admin | None
    mail_server: MailServer | None
    mail_from: str
    https_port: int
    are_plugins_open: bool


def from_env(env: Mapping[str, str]) -> Settings:
    """Read every setting; raise SettingsError for the first that makes no sense."""
    if _text(env, "QLINES_BLOG_SITES") == "none":
        raise SettingsError(
            "QLINES_BLOG_SITES must name a site for the blog to run, got 'none': "
            "leave the container out (compose: --scale blog=0), as make vm does"
        )
    titles = _titles(_text(env, "QLINES_BLOG_TITLES"))
    sites = _sites(_text(env, "QLINES_BLOG_SITES") or DEFAULT_SITES, titles)
    return Settings(
        sites=sites,
        admin=_admin(env),
        mail_server=_mail_server(_text(env, "QLINES_SMTP_URL")),
        mail_from=_mail_from(_text(env, "QLINES_BLOG_MAIL_FROM")),
        https_port=_port(_text(env, "QLINES_HTTPS_PORT") or "443"),
        are_plugins_open=_is_on(_text(env, "QLINES_BLOG_PLUGINS") or "off"),
    )


def _text(env: Mapping[str, str], variable: str) -> str:
    text = env.get(variable, "").strip()
    file = env.get(f"{variable}_FILE", "")
    if text and file:
        raise SettingsError(f"{variable} and {variable}_FILE are both set: keep one of them")
    if not file:
        return text
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{variable}_FILE must name a text file that can be read: {error}"
        ) from None


def _sites(text: str, titles: Mapping[str, str]) -> tuple[Site, ...]:
    sites: list[Site] = []
    for item in text.split(","):
        name, _, domain = (part.strip() for part in item.partition("="))
        sites.append(_site(item.strip(), name, domain.lower(), titles.get(name, "")))
    for kind in ("name", "domain"):
        values = [getattr(site, kind) for site in sites]
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise SettingsError(
                f"QLINES_BLOG_SITES must give each site a {kind} of its own, got {twice[0]!r} twice"
            )
    if strangers := sorted(set(titles) - {site.name for site in sites}):
        raise SettingsError(
            "QLINES_BLOG_TITLES must name sites of QLINES_BLOG_SITES, "
            f"got {strangers[0]!r}: correct one of the two"
        )
    return tuple(sites)


def _site(item: str, name: str, domain: str, title: str) -> Site:
    if not _NAME.fullmatch(name) or name in _TAKEN_NAMES:
        raise SettingsError(
            "QLINES_BLOG_SITES must be name=domain, several separated by commas, a name of up to "
            f"32 small letters, digits and _ that MariaDB does not use itself, got {item!r}"
        )
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise SettingsError(
            "QLINES_BLOG_SITES must be name=domain, several separated by commas, "
            f"a domain such as blog.example.com, got {item!r}"
        )
    return Site(name, domain, title or domain)


def _titles(text: str) -> dict[str, str]:
    titles: dict[str, str] = {}
    for item in filter(str.strip, text.split(";")):
        name, _, title = (part.strip() for part in item.partition("="))
        if not name or not title:
            raise SettingsError(
                "QLINES_BLOG_TITLES must be name=Title, several separated by semicolons, "
                f"got {item.strip()!r}"
            )
        titles[name] = title
    return titles


def _admin(env: Mapping[str, str]) -> Admin | None:
    email = _text(env, "QLINES_BLOG_ADMIN_EMAIL")
    password = _text(env, "QLINES_BLOG_ADMIN_PASSWORD")
    if not email and not password:
        return None
    if not email or not password:
        there, missing = ("EMAIL", "PASSWORD") if email else ("PASSWORD", "EMAIL")
        raise SettingsError(
            f"QLINES_BLOG_ADMIN_{there} must come with QLINES_BLOG_ADMIN_{missing}, which is empty:"
            " set both to install the sites, or none to meet WordPress's own form"
        )
    if not _EMAIL.fullmatch(email):
        raise SettingsError(
            f"QLINES_BLOG_ADMIN_EMAIL must be an address such as me@example.com, got {email!r}"
        )
    if len(password) < 8:
        raise SettingsError(
            "QLINES_BLOG_ADMIN_PASSWORD must be at least 8 characters long, got a shorter one"
        )
    user = _text(env, "QLINES_BLOG_ADMIN_USER") or "admin"
    if not _USER.fullmatch(user):
        raise SettingsError(
            "QLINES_BLOG_ADMIN_USER must be up to 60 letters, digits, blanks and _ . @ -, "
            f"got {user!r}"
        )
    return Admin(email, user, password, _language(_text(env, "QLINES_BLOG_LANGUAGE")))


def _language(text: str) -> str:
    if text and not _LANGUAGE.fullmatch(text):
        raise SettingsError(
            f"QLINES_BLOG_LANGUAGE must be a locale of WordPress such as de_DE, got {text!r}"
        )
    return "" if text == "en_US" else text


def _mail_server(text: str) -> MailServer | None:
    if not text:
        return None
    url = urlsplit(text)
    try:
        port = url.port or (465 if url.scheme == "smtps" else 587)
    except ValueError:
        port = 0
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or not port:
        # The address may hold a password, so it is not shown.
        raise SettingsError(
            "QLINES_SMTP_URL must be an address such as smtp://user:password@host:587, "
            "got a value that is not shown here"
        )
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return MailServer(url.hostname, port, url.scheme == "smtps", user, password)


def _mail_from(text: str) -> str:
    if text and not _EMAIL.fullmatch(text):
        raise SettingsError(
            f"QLINES_BLOG_MAIL_FROM must be an address such as blog@example.com, got {text!r}"
        )
    return text


def _port(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text) or not 0 < int(text) < 65536:
        raise SettingsError(f"QLINES_HTTPS_PORT must be a port from 1 to 65535, got {text!r}")
    return int(text)


def _is_on(text: str) -> bool:
    if text not in {"on", "off"}:
        raise SettingsError(f"QLINES_BLOG_PLUGINS must be on or off, got {text!r}")
    return text == "on"
