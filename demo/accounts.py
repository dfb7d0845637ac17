"""The demo's two logins: a host and an administrator, with passwords made up on the spot."""

import os
import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser

from accounts.host_group import ensure_hosts_group
from demo.logins import logins_path


def create_logins() -> dict[str, str]:
    """Make the users "host" and "admin" unless they are there; return the password of each one made."""
    users = get_user_model().objects
    made = {}
    for name, rights in {"host": {"is_staff": True}, "admin": {"is_staff": True, "is_superuser": True}}.items():
        if users.filter(username=name).exists():
            continue
        made[name] = secrets.token_urlsafe(9)
        user = users.create_user(name, password=made[name], **rights)
        if name == "host":
            user.groups.add(ensure_hosts_group())
    return made


def get_user(name: str) -> AbstractUser:
    return get_user_model().objects.get(username=name)


def write_logins(passwords: dict[str, str]) -> None:
    """Write `passwords` where `demo.logins.read_logins` finds them, unreadable for others from the first byte."""
    path = logins_path()
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name} {password}\n" for name, password in passwords.items())
