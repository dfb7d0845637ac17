import ast
import os
import re
import runpy
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.environment import explain_wrong_settings
from core.postgres import TimeoutConnection
from tests.jamsite.wrong_settings import WRONG

ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


def in_the_code():
    """Every setting by name, with its default: a literal as Python writes it, or "computed"."""
    tree = ast.parse((settings.BASE_DIR / "jamsite/settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_read(node.func) and node.args]
    return {ast.literal_eval(call.args[0]): default_of(call.args[1]) for call in calls}


def is_read(node):
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) == "env"


def default_of(node):
    known = isinstance(node, ast.Constant) and node.value is not None
    return repr(node.value) if known else "computed"


def in_the_docs():
    text = (settings.BASE_DIR / "docs/configuration.md").read_text()
    return {name: default.strip("`") if default.startswith("`") else "computed" for name, default in ROW.findall(text)}


def start(*arguments, **environment):
    """Run a management command; return its exit code and what it says on standard error."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "jamsite.settings", **environment}
    command = [sys.executable, "manage.py", *(arguments or ["check"])]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_the_docs_name_every_setting_with_its_default():
    assert in_the_docs() == in_the_code()


def test_the_example_of_production_sets_nothing_unknown():
    lines = (settings.BASE_DIR / "docs/production.env").read_text().splitlines()
    names = {line.split("=")[0] for line in lines if line and not line.startswith("#")}
    assert names - in_the_code().keys() == set()


def test_it_starts_without_any_environment(tmp_path):
    assert start(DATA_DIR=str(tmp_path / "new")) == (0, "")


def test_a_secret_is_made_once_and_for_the_owner_alone(tmp_path):
    start(DATA_DIR=str(tmp_path))
    first = (tmp_path / "secret_key").read_text()
    start(DATA_DIR=str(tmp_path))
    assert (tmp_path / "secret_key").read_text() == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert len(first) == 67


def test_cookie_names_follow_the_secret_key_and_never_change_by_themselves(monkeypatch):
    """The names of a site whose key is known: with other names every browser would be a stranger."""
    monkeypatch.delenv("COOKIE_LABEL")
    key = "the-key-of-a-site-that-has-been-updated-ever-since-1.0"
    for changes, prefix in (
        ({"SECRET_KEY": key}, "0f1efe64-"),
        ({"SECRET_KEY": key, "HTTPS": "true"}, "__Host-0f1efe64-"),
        ({"SECRET_KEY": key, "COOKIE_LABEL": ""}, ""),
        ({"SECRET_KEY": key, "COOKIE_LABEL": "garden"}, "garden-"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(TimeoutConnection, "response_timeout", TimeoutConnection.response_timeout)  # they set it
            for name, value in changes.items():
                patch.setenv(name, value)
            loaded = runpy.run_path(str(settings.BASE_DIR / "jamsite/settings.py"))
        names = {loaded["SESSION_COOKIE_NAME"], loaded["CSRF_COOKIE_NAME"], loaded["LANGUAGE_COOKIE_NAME"]}
        assert names == {f"{prefix}{name}" for name in ("sessionid", "csrftoken", "language")}


def load_settings(monkeypatch, environment):
    """Load the settings as `manage.py` does, in a namespace of their own; return what stops them."""
    monkeypatch.setattr(os, "environ", {**os.environ, **environment})
    monkeypatch.setattr(TimeoutConnection, "response_timeout", TimeoutConnection.response_timeout)  # they set it
    with pytest.raises(ImproperlyConfigured) as refused, explain_wrong_settings():
        runpy.run_path(str(settings.BASE_DIR / "jamsite/settings.py"))
    return str(refused.value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_told_in_one_sentence(name, value, monkeypatch, tmp_path):
    """None is taken silently, and none ends in a traceback."""
    said = load_settings(monkeypatch, {"DATA_DIR": str(tmp_path), name: value})
    assert (name in said or name.removesuffix("_FILE") in said, "\n" in said, len(said) < 300) == (True, False, True)


def test_wrong_values_are_known_for_every_setting_with_a_rule():
    free = {"METRICS_TOKEN", "SECRET_KEY"}  # any text; the key has a test of its own
    known = {name.removesuffix("_FILE") for name in WRONG}
    assert in_the_code().keys() - free - known == set()
    assert sum(map(len, WRONG.values())) >= 200


@pytest.mark.parametrize(
    ("name", "value"), [("VOTE_RATE", "many"), ("DATABASE_URL", "oracle://x"), ("DATA_DIR", "/dev/null")]
)
def test_nonsense_stops_the_start_with_one_sentence(name, value):
    code, said = start(**{name: value})
    assert (code, said.count("\n"), said.count("Jamsite cannot start: ")) == (1, 1, 1)
    assert (name in said, len(said) < 300) == (True, True)


@pytest.mark.parametrize("key", ["short", "example-only-example-only-example-only-example-only-4Xq9"])
def test_a_public_site_needs_a_secret_key_of_its_own(key):
    code, said = start(SECRET_KEY=key, HTTPS="true")
    assert (code, said.startswith("Jamsite cannot start: SECRET_KEY is not valid.")) == (1, True)


def test_secrets_are_not_repeated_in_an_error():
    code, said = start(DATABASE_URL="jamsite:hunter2@db/x")
    assert (code, "hunter2" in said) == (1, False)


def test_a_misspelt_name_is_warned_of():
    code, said = start(VOTE_RATES="10/m", DATABSE_URL="sqlite:///x", PORT_FILE="")
    assert code == 0
    assert [words for words in ("VOTE_RATES is not a setting", "Did you mean DATABASE_URL?") if words in said] == [
        "VOTE_RATES is not a setting",
        "Did you mean DATABASE_URL?",
    ]


def test_gunicorn_says_what_is_wrong_in_one_sentence():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "jamsite.settings", "VOTE_RATE": "many"}
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "jamsite.wsgi"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Jamsite cannot start: VOTE_RATE='many' is not valid.")


def test_pictures_from_elsewhere_open_that_one_place_in_the_policy(tmp_path):
    ask = "from jamsite import settings as s; print(*s.SECURE_CSP['img-src'], s.MEDIA_URL, s.STORAGES['default'])"
    public = {"DATA_DIR": str(tmp_path), "MEDIA_PUBLIC_URL": "https://cdn.example.org:8443/jam"}
    told = subprocess.check_output([sys.executable, "-c", ask], env=public, cwd=settings.BASE_DIR, text=True)
    stored = "{'BACKEND': 'django.core.files.storage.FileSystemStorage'}"
    assert told == f"'self' data: https://cdn.example.org:8443 https://cdn.example.org:8443/jam/ {stored}\n"


@pytest.mark.parametrize(
    ("command", "seconds"),
    [("serve", "7"), ("split", "7"), ("stack", "7"), ("worker", "7"), ("migrate", "0"), ("backup", "0")],
)
def test_only_servers_give_up_long_statements(command, seconds, tmp_path):
    """`split` and `stack` answer nobody themselves, but start the servers that do, with their own environment."""
    tell = "atexit.register(lambda: print(os.environ['DB_STATEMENT_SECONDS']))"
    script = f"import atexit, manage, os; {tell}; manage.main()"
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DB_STATEMENT_SECONDS": "7"}
    line = [sys.executable, "-c", script, command, "--help"]
    told = subprocess.check_output(line, cwd=settings.BASE_DIR, env=environment, text=True)
    assert told.splitlines()[-1] == seconds


def test_a_secret_file_is_read(tmp_path):
    (tmp_path / "port").write_text("8123\n")
    code, said = start("serve", "--help", PORT_FILE=str(tmp_path / "port"))
    assert (code, said) == (0, "")
