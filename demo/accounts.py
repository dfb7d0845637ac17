"""The demo's two logins, a host and an administrator, with random passwords."""

import os
import secrets

from django.contrib.auth.models import User

from accounts.host_group import ensure_hosts_group
from demo.logins import logins_path


def create_logins() -> dict[str, str]:
    """Create the users "host" and "admin" unless they exist; return the password of each one created, by name."""
    passwords = {}
    for name in ("host", "admin"):
        if User.objects.filter(username=name).exists():
            continue
        passwords[name] = secrets.token_urlsafe(9)
        user = User.objects.create_user(name, password=passwords[name], is_staff=True, is_superuser=name == "admin")
        if name == "host":
            user.groups.add(ensure_hosts_group())
    return passwords


def write_logins(passwords: dict[str, str]) -> None:
    """Write `passwords` to the file that `read_logins` reads. Other users of this machine can never read it."""
    path = logins_path()
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name} {password}\n" for name, password in passwords.items())
