"""`manage.py remove_demo`: remove the demo, and keep the site."""

from django.core.management.base import BaseCommand

from demo.removal import is_demo_here, remove_demo


class Command(BaseCommand):
    help = "Remove the demo's jams, songs, venues and accounts, and nothing of your own."

    def handle(self, **options: object) -> None:
        if not is_demo_here():
            self.stdout.write("The demo is not here; nothing was removed.")
            return
        removed = remove_demo()
        self.stdout.write(f"Removed the demo. Jams: {removed.jams}, songs: {removed.songs}, venues: {removed.venues}.")
        for name in removed.kept_accounts:
            self.stdout.write(f'The account "{name}" is still in use, so it stays. Change its password on /admin/.')
