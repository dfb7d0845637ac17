"""The people who try the admin: a host, and browsers that are logged in."""

from html.parser import HTMLParser
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from accounts.host_group import ensure_hosts_group
from tests.builders import make_user


def make_host(**values: Any) -> User:
    """A staff user with the rights of the group "Hosts", and no jam yet."""
    user = make_user(is_staff=True, **values)
    user.groups.add(ensure_hosts_group())
    return user


def browser_of(user: User | None) -> Client:
    """A browser in which `user` is logged in; None is anonymous."""
    client = Client()
    if user:
        client.force_login(user)
    return client


def form_of(page: Any) -> dict[str, Any]:
    """Return what the admin's form on `page` sends when nobody changes it."""
    reader = _FormReader()
    reader.feed(page.content.decode())
    return reader.values


class _FormReader(HTMLParser):
    """Collects the fields of the change form as a browser would; a field that is disabled is not sent."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.is_inside = False
        self.field = ""
        self.is_unchosen = False  # of a list without a choice, the first option is sent

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = found.get("id", "").endswith("_form")
        if not self.is_inside or "disabled" in found:
            return
        name, kind = found.get("name", ""), found.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "file", "checkbox"):
            self.values[name] = found.get("value", "")
        if tag == "input" and name and kind == "checkbox" and "checked" in found:
            self.values[name] = found.get("value", "on")
        if tag in ("select", "textarea"):
            self.field = name
            self.values[name] = ""
            self.is_unchosen = tag == "select" and "multiple" not in found
        if tag == "option" and ("selected" in found or self.is_unchosen):
            self.values[self.field] = found.get("value", "")
            self.is_unchosen = False

    def handle_data(self, data: str) -> None:
        if self.field and self.lasttag == "textarea":
            self.values[self.field] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        if tag in ("select", "textarea"):
            self.field = ""
