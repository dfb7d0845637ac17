"""The version of this release: here, and nowhere else. docs/releasing.md says when it changes."""

from django.http import HttpRequest

VERSION = "1.0.0"


def add_version(request: HttpRequest) -> dict[str, str]:
    """Return the version for every page, as a context processor of the templates."""
    return {"jamsite_version": VERSION}
