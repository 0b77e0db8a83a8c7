"""Render the files from which nginx, PHP and WordPress know one site; pure."""

from collections.abc import Iterable, Mapping
from string import Template

from blog.setup.settings import Admin, Settings, Site

# What a site's PHP may open beside its own: the core, and Debian's libraries that it links to.
_SHARED_PATHS = (
    "/usr/share/wordpress/", "/usr/share/php/", "/usr/share/javascript/",
    "/etc/ssl/certs/ca-certificates.crt", "/opt/qlines/blog/etc/wordpress/",
)  # fmt: skip


def nginx(template: str, site: Site, all_domains: Iterable[str]) -> str:
    """Return the server block; *template* is etc/nginx/site.conf.

    The www. subdomain serves the same site, which redirects to its domain, unless it is the domain
    of another site.
    """
    www = f"www.{site.domain}"
    has_www = not site.domain.startswith("www.") and www not in all_domains
    domains = f"{site.domain} {www}" if has_www else site.domain
    return Template(template).substitute(name=site.name, domain=site.domain, domains=domains)


def php_pool(template: str, site: Site) -> str:
    """Return the pool of PHP processes; *template* is etc/php/pool.conf."""
    return Template(template).substitute(name=site.name, open_basedir=open_basedir(site.name))


def open_basedir(name: str) -> str:
    """Return the paths that a site's PHP may open, separated by colons as PHP's setting wants."""
    own = (f"/data/sites/{name}/", f"/run/qlines/sites/{name}/", f"/data/tmp/{name}/")
    return ":".join((*_SHARED_PATHS, *own))


def wordpress(settings: Settings, site: Site, secrets: Mapping[str, str]) -> str:
    """Return the PHP constants that wp-config.php includes; *secrets* are among them."""
    constants: dict[str, str | int | bool] = {
        "DB_NAME": site.name,
        "DB_USER": site.name,
        "QLINES_DOMAIN": site.domain,
        "QLINES_ADDRESS": address(site, settings.https_port),
        "QLINES_MAIL_FROM": settings.blog_mail_from or f"wordpress@{site.domain}",
        "DISALLOW_FILE_MODS": not settings.blog_plugins,
    }
    if server := settings.smtp_url:
        constants |= {
            "QLINES_SMTP_HOST": server.host,
            "QLINES_SMTP_PORT": server.port,
            "QLINES_SMTP_IS_TLS": server.is_tls,
            "QLINES_SMTP_USER": server.user,
            "QLINES_SMTP_PASSWORD": server.password,
        }
    constants |= secrets
    lines = [f"define('{name}', {_php(value)});\n" for name, value in constants.items()]
    return "<?php\n" + "".join(lines)


def address(site: Site, https_port: int) -> str:
    """Return the site's public address, for programs that run without a visitor's request."""
    port = "" if https_port == 443 else f":{https_port}"
    return f"https://{site.domain}{port}"


def installation(site: Site, admin: Admin) -> dict[str, str]:
    """Return the document from which install_site.php installs the site."""
    return {
        "title": site.title,
        "user": admin.user,
        "email": admin.email,
        "password": admin.password,
        "language": admin.language,
    }


def _php(value: str | int | bool) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(value).lower()
