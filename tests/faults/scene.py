"""`python -m tests.faults.scene 40 12`: collect static files, make 40 jams of 12 songs; print their ids."""

import json
import sys

import django
from django.core.management import call_command


def main(jams: int, songs: int) -> None:
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)
    from tests.builders import make_entry, make_jam

    made = [make_jam(slug=f"night-{number}") for number in range(jams)]
    told = [{"slug": jam.slug, "entries": [make_entry(jam=jam).pk for _ in range(songs)]} for jam in made]
    print(json.dumps(told))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
