"""The settings of a measurement in which nothing is remembered: every page is made anew."""

from bench.settings import *  # noqa: F403

CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
