#!/usr/bin/env python
"""Django's command line for Jamsite."""

import logging
import os
import sys

# What answers people, runs beside it, or starts it and passes its environment on; other commands may take their time.
SERVERS = ("serve", "split", "stack", "worker", "runserver")


def main() -> None:
    """Run a management command; a wrong setting or an unreachable database ends it with one sentence.

    Only servers give up long statements: an update must be able to build an index, however large the table.
    """
    command = sys.argv[1:2]
    if not set(command).intersection(SERVERS):
        os.environ["DB_STATEMENT_SECONDS"] = "0"
    load_settings_or_exit()
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from core.reachability import describe_unreachable_database

    if command == ["serve"]:
        warn_of_unreachable_redis()
    if not set(command).intersection(("serve", "worker")):  # which go on without a database, and log why
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Jamsite cannot start: {error}")
    except OperationalError:
        if (sentence := describe_unreachable_database()) is None:
            raise  # the database answers; this is another error
        sys.exit(sentence)


def warn_of_unreachable_redis() -> None:
    """Warn at the start of a server about what does not work; it serves visitors anyway."""
    from core.reachability import describe_unreachable_redis

    for sentence in describe_unreachable_redis():
        print(f"Warning: {sentence}", file=sys.stderr)


def load_settings_or_exit() -> None:
    """Load the settings; an invalid one ends the process with one sentence. gunicorn.conf.py calls this, too."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
    from django.core.exceptions import ImproperlyConfigured

    try:
        load_settings()
    except ImproperlyConfigured as error:
        sys.exit(f"Jamsite cannot start: {error}")


def load_settings() -> None:
    """Raise ImproperlyConfigured for an invalid value or a secret file that cannot be read."""
    from django.conf import settings

    from core.environment import explain_wrong_settings

    with explain_wrong_settings():
        _ = settings.DEBUG  # settings are loaded on first use


if __name__ == "__main__":
    main()
