#!/usr/bin/env python
"""Django's command line for Jamsite."""

import os
import sys


def main() -> None:
    """Run a management command; an invalid setting ends it with one sentence instead of a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        load_settings()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Jamsite cannot start: {error}")


def load_settings() -> None:
    """Raise ImproperlyConfigured for an invalid value or a secret file that cannot be read."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from environs import EnvError

    try:
        _ = settings.DEBUG  # settings are loaded on first use
    except (EnvError, OSError, ValueError) as error:
        raise ImproperlyConfigured(error) from None


if __name__ == "__main__":
    main()
