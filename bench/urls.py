from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path


def floor_view(request: HttpRequest) -> HttpResponse:
    """Return as little as possible. A PUT passes the same middleware as a vote."""
    return HttpResponse("ok")


async def send_burst(request: HttpRequest, slug: str) -> HttpResponse:
    """Send 20 frames, each as large as one about a vote, to every socket of a jam."""
    from jams.live.hub import hub

    for number in range(20):
        order = f'<data id="board-order" value="{number}" hidden></data>'
        await hub.rooms[slug, settings.LANGUAGE_CODE].broadcast(
            f'{order}<span id="votes-{number}" class="votes">1</span>'
        )
    return HttpResponse("sent")


urlpatterns: list[URLPattern | URLResolver] = [path("floor/", floor_view)]
if hasattr(settings, "DATA_DIR"):
    urlpatterns += [path("burst/<slug:slug>/", send_burst), path("", include("jamsite.urls"))]
