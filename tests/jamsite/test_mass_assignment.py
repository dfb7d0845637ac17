"""Nobody changes by a form or a program what it does not ask for."""

import pytest

from tests.writes import FORMS, PROGRAMS, after, call, rows, submit

pytestmark = pytest.mark.django_db

#: What somebody might send along, in the hope that it lands in a row.
SNEAKED_IN = {
    "is_staff": "1", "is_superuser": "1", "is_active": "0", "password": "x", "user": "900090", "user_id": "900090",
    "host": "900090", "hosts": "900090", "groups": "1", "votes": "99", "vote_count": "99", "rev": "99", "order": "99",
    "status": "hidden", "jam": "900002", "jam_id": "900002", "attendee": "900001", "attendee_id": "900001",
    "browser": "x", "votes_void": "1", "in_room": "1", "left_at": "2020-01-01", "room_secret": "x", "code": "zzzzz",
    "slug": "elsewhere", "id": "1", "pk": "1", "created_at": "2020-01-01", "times_played": "99",
    "last_played_at": "2020-01-01", "archived": "1", "chord_state": "ok", "match_key": "x", "name_key": "x",
    "look_key": "x", "name_order": "x",
    "forgotten_at": "2020-01-01", "no_show": "1", "suggested_by": "900001", "on_deck_at": "2020-01-01",
    "started_at": "2020-01-01", "finished_at": "2020-01-01",
}  # fmt: skip


@pytest.mark.parametrize(("who", "path", "fields"), FORMS, ids=[path for _who, path, _fields in FORMS])
def test_a_form_changes_what_it_asks_for_and_nothing_else(writers, who, path, fields):
    before, honest = rows(), after(lambda: submit(writers, who, path, fields))
    assert (honest[0] <= {302, 303}, honest[1] != before) == (True, True)
    assert after(lambda: submit(writers, who, path, SNEAKED_IN | fields)) == honest


@pytest.mark.parametrize(("who", "verb", "path", "fields"), PROGRAMS, ids=[path for _, _, path, _ in PROGRAMS])
def test_a_program_changes_what_it_asks_for_and_nothing_else(writers, who, verb, path, fields):
    """What takes a body refuses every field that it does not know; what takes none reads none."""
    bodies = ({name: value} | fields for name, value in SNEAKED_IN.items())
    before, honest = rows(), after(lambda: call(writers, who, verb, path, fields))
    assert (honest[0], honest[1] != before) == ({200}, True)
    assert after(lambda: call(writers, who, verb, path, next(bodies)), len(SNEAKED_IN)) in (honest, ({400}, before))
