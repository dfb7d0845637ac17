"""What is copied into the image: no secrets, no tests, nothing that one machine made for itself."""

from fnmatch import fnmatch

import pytest
from django.conf import settings

from tools.release import is_in_image


@pytest.mark.parametrize("name", [".env", ".env.production", "deploy/.env", "deploy/.env.local"])
def test_secrets_stay_out_of_the_image_and_the_repository(name: str) -> None:
    assert not is_in_image(name)
    patterns = (settings.BASE_DIR / ".gitignore").read_text().split()
    assert any(fnmatch(name, pattern) for pattern in patterns)


@pytest.mark.parametrize("name", ["var/jamsite.sqlite3", "tests/builders.py", ".git/config", ".venv/bin/python"])
def test_what_only_a_developer_needs_stays_out_of_the_image(name: str) -> None:
    assert not is_in_image(name)


@pytest.mark.parametrize("name", ["manage.py", "jamsite/settings.py", "deploy/s3.lock", "static/css/site.css"])
def test_the_site_itself_is_in_the_image(name: str) -> None:
    assert is_in_image(name)
