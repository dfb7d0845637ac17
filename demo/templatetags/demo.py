"""Whether the demo is here, for the front page of the admin."""

from django import template

from demo.removal import is_demo_here

register = template.Library()
register.simple_tag(is_demo_here)
