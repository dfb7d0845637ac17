"""Made-up nights to try Jamsite with, and the logins that belong to them."""

from pathlib import Path

from django.conf import settings


def logins_path() -> Path:
    """Return where the demo's passwords are kept, for the owner of this installation alone."""
    return settings.DATA_DIR / "demo-logins.txt"


def read_logins() -> dict[str, str] | None:
    """Return the password of each demo user by name, or None when no demo was loaded here."""
    try:
        lines = logins_path().read_text().splitlines()
    except FileNotFoundError:
        return None
    return dict(line.split(maxsplit=1) for line in lines)
