"""A template tag for Web Push."""

from django import template

from core.web_push import get_public_key

register = template.Library()

register.simple_tag(get_public_key, name="push_key")
