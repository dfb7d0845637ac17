#!/usr/bin/env python
"""Django's command line for Jamsite."""

import os
import sys


def main() -> None:
    """Run a management command; a wrong setting ends with one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        read_settings()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Jamsite cannot start: {error}")


def read_settings() -> None:
    """Raise ImproperlyConfigured for a wrong value, and for a file of secrets that cannot be read."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from environs import EnvError

    try:
        settings.is_overridden("DEBUG")  # settings are lazy: the first question reads them
    except (EnvError, OSError, ValueError) as error:
        raise ImproperlyConfigured(error) from None


if __name__ == "__main__":
    main()
