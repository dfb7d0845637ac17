#!/usr/bin/env python
"""Django's command line for Jamsite."""

import os
import sys


def main() -> None:
    """Run a management command; a wrong setting ends with one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from environs import EnvError

    try:
        execute_from_command_line(sys.argv)
    except (EnvError, ImproperlyConfigured) as error:
        sys.exit(f"Jamsite cannot start: {error}")


if __name__ == "__main__":
    main()
