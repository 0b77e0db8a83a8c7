"""The people of the stories: an admin, Alice and Bob, each with an API key and a browser."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.harness.appliance import Appliance

NEW_PERSON = """
import os, sys
from datetime import UTC, datetime
from qlines.clients import mongodb
from qlines.settings import Settings
from qlines.store import api_keys, passwords, users
email, password, *admin = sys.argv[1:]
db = mongodb.connect(Settings.from_env(os.environ).mongodb)
user = users.add(db, email, passwords.hash_password(password), admin=bool(admin))
print(api_keys.add(db, user["_id"], "story", now=datetime.now(UTC)))
"""


class Api(requests.Session):
    """Calls the HTTP API with the key of one person."""

    def __init__(self, appliance: Appliance, key: str) -> None:
        super().__init__()
        self._appliance = appliance
        self.headers["Authorization"] = f"Bearer {key}"

    def request(  # type: ignore[override]  # what it passes on is for requests to check
        self, method: str, url: Any, *args: Any, **options: Any
    ) -> requests.Response:
        """Send a request to a path such as /api/data."""
        options.setdefault("timeout", 30)
        return super().request(method, self._appliance.url(url), *args, **options)

    def document(self, path: str, **parameters: Any) -> Any:
        """GET a path and return its JSON document; fail when the status is not 200."""
        answer = self.get(path, params=parameters)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json()


class Browser(requests.Session):
    """A browser without JavaScript: cookies, forms and their CSRF tokens."""

    def __init__(self, appliance: Appliance) -> None:
        super().__init__()
        self._appliance = appliance

    def request(  # type: ignore[override]  # what it passes on is for requests to check
        self, method: str, url: Any, *args: Any, **options: Any
    ) -> requests.Response:
        """Send a request to a path of the appliance, or to a URL; redirects are followed."""
        options.setdefault("timeout", 30)
        address = url if str(url).startswith("http") else self._appliance.url(url)
        return super().request(method, address, *args, **options)

    def sign_in(self, email: str, password: str) -> requests.Response:
        """Submit the form of /login and return the page that follows."""
        return self.post("/login", data=self.sign_in_form(email, password))

    def sign_in_form(self, email: str, password: str) -> dict[str, str]:
        """Load /login and return its form, filled in."""
        token = self._csrf_token(self.get("/login"))
        return {"email": email, "password": password, "csrf_token": token}

    def sign_out(self) -> None:
        """Submit the form that ends the session."""
        token = self._csrf_token(self.get("/account"))
        self.post("/logout", data={"csrf_token": token})

    @staticmethod
    def _csrf_token(page: requests.Response) -> str:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token, f"{page.url} has no CSRF token:\n{page.text[:2000]}"
        return token[1]


@dataclass
class Device:
    """A device as its owner sees it."""

    id: str
    name: str
    token: str


@dataclass
class Person:
    """A user with an API key."""

    appliance: Appliance
    email: str
    password: str
    key: str
    api: Api = field(init=False)

    def __post_init__(self) -> None:
        self.api = Api(self.appliance, self.key)

    def new_browser(self) -> Browser:
        """Return a new browser in which nobody is signed in."""
        return Browser(self.appliance)

    def browser(self) -> Browser:
        """Return a new browser in which this person is signed in."""
        browser = self.new_browser()
        answer = browser.sign_in(self.email, self.password)
        assert answer.url.endswith("/devices"), f"{self.email} could not sign in: {answer.url}"
        return browser

    def new_device(self, name: str | None = None, **more: Any) -> Device:
        """Add a device by the API, with a random name unless one is given."""
        body = {"name": name or f"device {secrets.token_hex(4)}", **more}
        answer = self.api.post("/api/devices", json=body)
        assert answer.status_code == 201, answer.text
        document = answer.json()
        return Device(document["id"], document["name"], document["token"])

    def row(self, device: Device) -> dict[str, Any] | None:
        """Return the device's item of /api/data, or None when this person cannot see it."""
        items = self.api.document("/api/data", search=device.name, per_page=100)["items"]
        return next((item for item in items if item["id"] == device.id), None)

    def value(self, device: Device, key: str) -> Any:
        """Return the latest value of a key in /api/data, or None."""
        row = self.row(device) or {"values": {}}
        return row["values"].get(key, {}).get("value")

    def history(self, device: Device, key: str, at_ms: int | None = None) -> list[list[Any]]:
        """Return the points of the last day as [milliseconds, value], oldest first; or those of
        one moment.

        A point appears up to a second after it is in /api/data (ARCHITECTURE.md says why).
        """
        path = f"/api/devices/{device.id}/readings"
        moment = {} if at_ms is None else {"from": at_ms, "to": at_ms + 1}
        points: list[list[Any]] = self.api.document(path, keys=key, agg="none", **moment)[key]
        return points

    def rejected(self, device: Device) -> list[dict[str, Any]]:
        """Return the device's last rejected messages, newest first."""
        answer: list[dict[str, Any]] = self.api.document(f"/api/devices/{device.id}/rejected")
        return answer


def new_person(appliance: Appliance, name: str, *, admin: bool = False) -> Person:
    """Add a user and an API key, as `qlines user add` and `qlines api-key add` do.

    Each of these takes a second of a core, most of it to load commands that are not run.
    """
    email = f"{name}-{secrets.token_hex(3)}@example.com"
    password = secrets.token_urlsafe(12)
    key = appliance.python(NEW_PERSON, email, password, *(["admin"] if admin else []))
    return Person(appliance, email, password, key.strip())
