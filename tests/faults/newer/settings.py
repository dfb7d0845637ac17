"""The next release, for a test: Jamsite with one more app, whose migration adds to tables that are in use."""

from jamsite.settings import *  # noqa: F403
from jamsite.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.newer"]
