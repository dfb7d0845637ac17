"""What a process loads before its first request, so that no visitor waits for it."""

from pathlib import Path

from django.conf import settings
from django.template import engines
from django.urls import get_resolver


def load_pages() -> None:
    """Import all views, and compile the site's own templates.

    The first request took 1.4 s of CPU for it. So templates that are replaced on disk count after a restart only, as
    code does. With DEBUG nothing is loaded, because the server starts anew after every change.
    """
    if settings.DEBUG:
        return
    _ = get_resolver().reverse_dict
    for engine in engines.all():
        for folder in map(Path, engine.dirs):
            for path in sorted(folder.rglob("*.html")):
                engine.get_template(path.relative_to(folder).as_posix())
