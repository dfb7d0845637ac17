import os
import subprocess
import sys

from django.conf import settings

VISIT = """
import django; django.setup()
from django.conf import settings; settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
from core.caching import generations
generations.invalidate("jam:x")
page = Client().get("/about/").content.decode()
from debug_toolbar.store import get_store
store = next(iter(get_store().request_ids()))
panel = Client().get("/__debug__/render_panel/", {"request_id": store, "panel_id": "GenerationsPanel"})
print("Generation cache" in page, "<td>jam</td>" in panel.json()["content"])
"""


def test_developers_see_in_the_toolbar_what_the_cache_does(tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "jamsite.settings",
        "DEBUG": "true",
        "DATA_DIR": str(tmp_path),
    }
    environment |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}", "REDIS_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", VISIT],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("True True\n", 0), done.stderr
