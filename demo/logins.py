"""Where the passwords of the demo's logins are stored."""

from pathlib import Path

from django.conf import settings


def logins_path() -> Path:
    """Return the path of the file with the demo's passwords, which only its owner can read."""
    return settings.DATA_DIR / "demo-logins.txt"


def read_logins() -> dict[str, str] | None:
    """Return the password of each demo user by name, or None when no demo has been loaded here."""
    try:
        lines = logins_path().read_text().splitlines()
    except FileNotFoundError:
        return None
    return dict(line.split(maxsplit=1) for line in lines)
