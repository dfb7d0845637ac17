"""Record what people and programs hold when a release goes out: `python -m tests.upgrade.record`.

It prints the file that belongs beside this one, named after the release. What is in it was made by that release and
never changes again; `test_identities.py` checks that later ones still know everybody by it.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

SECRET_KEY = "the-key-of-a-site-that-has-been-updated-ever-since-1.0"
AT = datetime(2027, 1, 1, 20, tzinfo=UTC)


def main() -> None:
    """Make a small site in a folder of its own, and print what it gave to its people."""
    os.environ.update(SECRET_KEY=SECRET_KEY, ALLOWED_HOSTS="testserver", DJANGO_SETTINGS_MODULE="tests.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(json.dumps(record(), indent=2))


def record() -> dict[str, Any]:
    """Return the cookies, codes and tokens that a site has given out, and what it stores about each."""
    from django.contrib.auth.models import User
    from django.contrib.sessions.models import Session
    from django.test import Client
    from django.utils import timezone

    from accounts.models import Scope
    from accounts.services.api_tokens import issue_token
    from core.version import VERSION
    from jams.identity.stage_link import derive_stage_key
    from jams.models import MoveCode
    from jams.services.device_transfer import create_move_code
    from jams.services.room_code import get_room_code
    from tests.builders import make_entry, make_jam

    user = User.objects.create_superuser("anna", password="a long enough password")
    jam = make_jam(pk=4711, room_secret="")
    entry, phone, browser = make_entry(jam=jam), Client(), Client()
    address = f"/jams/{jam.slug}/"
    phone.put(f"{address}songs/{entry.pk}/vote/")
    phone.post(f"{address}me/join/", {"name": "Dana"})
    dana = jam.attendees.get()
    browser.post("/admin/login/", {"username": "anna", "password": "a long enough password"})
    session = Session.objects.get()
    token, secret = issue_token(
        user=user,
        name="Program",
        scopes=Scope.values,
        expires_at=timezone.now() + timedelta(days=1),
        now=timezone.now(),
    )
    code = create_move_code(attendee=dana, now=timezone.now())
    jam.room_secret = "a-secret-of-a-room-000"
    user.refresh_from_db()
    return {
        "release": VERSION,
        "secret_key": SECRET_KEY,
        "jam": jam.pk,
        "phone": {"cookie": phone.cookies["jamsite"].value, "stored": dana.browser},
        "host": {
            "cookie": browser.cookies["sessionid"].value,
            "pk": user.pk,
            "password": user.password,
            "stored": session.session_data,
        },
        "program": {"token": secret, "stored": token.digest},
        "move_code": {"code": code, "stored": MoveCode.objects.get().digest},
        "room_code": {"code": get_room_code(jam, now=AT), "at": AT.isoformat(), "stored": jam.room_secret},
        "television": {"key": derive_stage_key(jam)},
    }


if __name__ == "__main__":
    main()
