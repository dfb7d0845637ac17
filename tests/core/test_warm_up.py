"""A process has loaded its pages before it takes a request."""

import subprocess
import sys

import pytest

from tests.servers import PATIENCE, ROOT, environment

PROBE = """
import importlib, pathlib, sys
importlib.import_module(sys.argv[1])
from django.template import engines
loader = engines["django"].engine.template_loaders[0]
ours = {path.relative_to("templates").as_posix() for path in pathlib.Path("templates").rglob("*.html")}
print("jams.views.jam" in sys.modules, len(ours) > 100, sorted(ours - loader.get_template_cache.keys()))
"""


@pytest.mark.once
@pytest.mark.parametrize("module", ["jamsite.asgi", "jamsite.wsgi"])
def test_views_and_templates_are_loaded_before_the_first_request(module: str) -> None:
    line = [sys.executable, "-c", PROBE, module]
    told = subprocess.run(
        line, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True
    )
    assert told.stdout == "True True []\n"
