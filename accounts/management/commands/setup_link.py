"""`manage.py setup_link`: the link that makes the first account of a new site."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.services.first_account import build_setup_url


class Command(BaseCommand):
    help = "Print the link that makes the first account. It is valid for a day, and only while there is no account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base", default="", help="The site's address, if BASE_URL does not say it.")

    def handle(self, *, base: str, **options: object) -> None:
        url = build_setup_url(base or settings.BASE_URL or f"http://127.0.0.1:{settings.PORT}")
        if url is None:
            raise CommandError("This site has accounts. Make another one on its page /admin/auth/user/add/.")
        self.stdout.write(url)
