"""Validation of settings from the environment: what is wrong is said in one sentence, with name, value and example."""

import difflib
import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, ValidationError

EXAMPLES = {  # of what is not plain from the error: a number below its limit needs none
    "BASE_URL": "https://jam.example.org",
    "DATABASE_URL": "postgresql://jamsite:secret@127.0.0.1:5432/jamsite",
    "SENTRY_DSN": "https://key@sentry.example.org/1",
    "MAIL_HOST": "smtp.example.org",
    "MAIL_FROM": "jams@example.org",
    "MEDIA_BUCKET": "jamsite-pictures",
    "MEDIA_ENDPOINT": "https://s3.example.org",
    "MEDIA_REGION": "eu-central-1",
    "MEDIA_PUBLIC_URL": "https://pictures.example.org",
    "SECRET_KEY": "the output of: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
}
SECRET = re.compile(r"KEY|TOKEN|PASSWORD|DSN|DATABASE_URL|REDIS_URL")  # names whose value no log may hold
NAME_IN_ERROR = re.compile(r'Environment variable "(\w+)" (?:invalid|not set)(?:: ?(.*))?', re.DOTALL)
SIMILAR = 0.85  # of 1: one letter too many, too few or wrong in a name of six
SECRET_LENGTH = 32  # characters, at least, behind HTTPS
EXAMPLE_SECRET = "example-only"  # noqa: S105  # how the key in docs/production.env begins


def validate_rate(text: str) -> None:
    """Raise ValidationError unless `text` is a rate such as "120/m" or "400/10m": a number in a number of units."""
    if not re.fullmatch(r"[1-9]\d{0,8}/([1-9]\d{0,4})?[smhd]", text):
        raise ValidationError("This is not a rate. Write it like 120/m or 400/10m.")


def validate_redis_url(text: str) -> None:
    """Raise ValidationError unless `text` is "" or the URL of a Redis."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number, or a bracket is missing
        good = False
    if text and not good and not re.fullmatch(r"unix:///.+", text):
        raise ValidationError("This is not the URL of a Redis. Write it like redis://127.0.0.1:6379/0.")


def validate_site_address(text: str) -> None:
    """Raise ValidationError unless `text` is "" or the address of a site: a scheme, a host, perhaps a port, no path."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number, or a bracket is missing
        good = False
    if text and not (good and parts.path in ("", "/") and not parts.query and not parts.fragment):
        raise ValidationError("This is not the address of a site.")


def validate_bind(text: str) -> None:
    """Raise ValidationError unless `text` is an address to listen on, or a host name, without a port."""
    try:
        ip_address(text)
    except ValueError:
        if text and not re.fullmatch(r"(?=.*[A-Za-z])[\w-]+(\.[\w-]+)*", text):
            raise ValidationError("This is not an address to listen on. Write it like 127.0.0.1.") from None


def validate_zone(text: str) -> None:
    """Raise ValidationError unless `text` is the name of a time zone."""
    if text not in available_timezones():
        raise ValidationError("There is no time zone of this name. Write it like Europe/Berlin.")


def validate_hosts(names: Collection[str]) -> None:
    """Raise ValidationError unless `names` are host names, without a scheme, a port or a path."""
    for name in names:
        if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9a-fA-F:.]+\]", name):
            raise ValidationError(f"{name!r} is not a host name. Write it like jam.example.org, without https://.")


def validate_networks(names: Collection[str]) -> None:
    """Raise ValidationError unless each name is an address or a network."""
    for name in names:
        try:
            ip_network(name)
        except ValueError:
            raise ValidationError(f"{name!r} is not an address or a network. Write it like 10.0.0.0/8.") from None


def validate_small_words(words: Collection[str]) -> None:
    """Raise ValidationError unless each is one word in small letters."""
    for word in words:
        if not word.isalpha() or word != word.casefold():
            raise ValidationError(f"{word!r} is not a word in small letters. Write them like the,a,an.")


def validate_secret(https: bool) -> Callable[[str], None]:
    """Return a validator of the secret key: behind HTTPS it is neither short nor the published example."""

    def validate(text: str) -> None:
        if https and (len(text) < SECRET_LENGTH or text.startswith(EXAMPLE_SECRET)):
            raise ValidationError("Use a long random key of your own.")

    return validate


def describe_error(error: EnvError) -> str:
    """Return one sentence or two about an invalid setting: its name, its value unless it is a secret, an example."""
    match = NAME_IN_ERROR.match(str(error))
    if match is None:
        return " ".join(str(error).split())
    name, reason = match[1], re.sub(r"^\[['\"](.*)['\"]\]$", r"\1", match[2] or "It is not set.")
    value = os.environ.get(name, "")
    shown = "" if SECRET.search(name) else f"={value[:80]!r}"
    example = f" Write it like {EXAMPLES[name]}." if name in EXAMPLES and "like" not in reason else ""
    return f"{name}{shown} is not valid. {reason}{example}"


@contextmanager
def explain_wrong_settings() -> Iterator[None]:
    """Turn what an invalid value or an unreadable secret file raises into ImproperlyConfigured with one sentence."""
    try:
        yield
    except EnvError as error:
        raise ImproperlyConfigured(describe_error(error)) from None
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(error) from None


def find_misspelt(given: Collection[str], known: Collection[str]) -> dict[str, str]:
    """Return the names in `given` that look like a setting and are none, with the setting that may be meant."""
    found = {}
    for name in sorted(set(given) - set(known)):
        if name.removesuffix("_FILE") in known:
            continue
        if close := difflib.get_close_matches(name, known, n=1, cutoff=SIMILAR):
            found[name] = close[0]
    return found
