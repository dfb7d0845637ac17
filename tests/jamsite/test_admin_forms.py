"""Every form of the admin, with each field missing and with odd values: a sentence beside the field, never a 500."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from core.admin import MAX_NEW_ROWS, BoundedFormSet
from jams.models import Attendee, Entry, Jam, Series
from songs.models import Instrument, Song
from tests.builders import make_user
from tests.hosts import browser_of, form_of
from tests.pages import make_world
from venues.models import Venue

pytestmark = pytest.mark.django_db

MODELS = [Jam, Series, Entry, Attendee, Song, Instrument, Venue]
ODD = ["", "\x00", "x" * 5000, "-1", "9" * 30, "\u202e😀"]


@pytest.fixture
def administrator() -> Client:
    make_world()
    return browser_of(make_user(is_superuser=True, is_staff=True))


def add_page(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def change_page(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[model.objects.first().pk])


def test_every_model_with_a_form_of_ours_is_tried_here() -> None:
    models = [model for label in ("jams", "songs", "venues") for model in apps.get_app_config(label).get_models()]
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    ours = [model for model in models if admin.site.is_registered(model)]
    changeable = {model for model in ours if admin.site.get_model_admin(model).has_change_permission(request)}
    assert changeable == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_an_empty_form_is_answered_with_what_is_missing(administrator: Client, model: Any) -> None:
    form = {name: value for name, value in form_of(administrator.get(add_page(model))).items() if "FORMS" in name}
    response = administrator.post(add_page(model), form)
    assert (response.status_code, "This field is required." in response.text) == (200, True)


@pytest.mark.parametrize("model", MODELS)
def test_a_form_without_one_of_its_fields_is_never_a_500(administrator: Client, model: Any) -> None:
    page, before = change_page(model), model.objects.count()
    form = form_of(administrator.get(page))
    for missing in form:
        sent = {name: value for name, value in form.items() if name != missing}
        assert administrator.post(page, sent).status_code in (200, 302, 400), missing
    assert model.objects.count() == before


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("model", MODELS)
def test_a_form_with_an_odd_value_is_never_a_500(administrator: Client, model: Any, odd: str) -> None:
    page = change_page(model)
    form = form_of(administrator.get(page))
    answers = {name: administrator.post(page, {**form, name: odd}).status_code for name in form}
    assert {name: code for name, code in answers.items() if code not in (200, 302, 400)} == {}


def test_every_inline_table_bounds_its_rows() -> None:
    tables = [inline for model in apps.get_models() if admin.site.is_registered(model)
              for inline in admin.site.get_model_admin(model).inlines]  # fmt: skip
    assert tables
    assert [inline.__name__ for inline in tables if not issubclass(inline.formset, BoundedFormSet)] == []


@pytest.mark.parametrize("claimed", ["999", "9" * 30])
@pytest.mark.parametrize("model", [Jam, Entry, Venue])
def test_a_claimed_number_of_rows_builds_only_a_few(administrator: Client, model: Any, claimed: str) -> None:
    form = form_of(administrator.get(change_page(model)))
    totals = [name for name in form if name.endswith("-TOTAL_FORMS")]
    assert totals
    for name in totals:
        response = administrator.post(change_page(model), {**form, name: claimed})
        rows = [len(table.formset.forms) for table in response.context["inline_admin_formsets"]]
        assert max(rows) <= MAX_NEW_ROWS + 5, (name, rows)  # the world of the tests has fewer rows
        assert "Please submit at most" in response.text


def test_a_new_jam_without_a_venue_says_what_is_missing(administrator: Client) -> None:
    page = reverse("admin:jams_jam_add")
    response = administrator.post(page, {**form_of(administrator.get(page)), "name": "Friday"})
    assert (response.status_code, response.context["errors"].data[0].data[0].code) == (200, "required")
    assert response.context["adminform"].form.errors.keys() >= {"venue", "starts_at", "ends_at"}
