"""What the links that are mailed, or handed over, have in common."""

from typing import NoReturn

from django.utils.translation import gettext as _

from core.exceptions import Gone


def refuse_link() -> NoReturn:
    """Raise Gone for a link that can't be used, and don't tell why."""
    raise Gone(_("This link has been used, is older than a day, or isn't complete. Ask for a new one.")) from None
