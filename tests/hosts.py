"""The people who try the admin: a host, and browsers that are logged in."""

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
