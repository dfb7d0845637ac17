from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def floor(request: HttpRequest) -> HttpResponse:
    """Nothing, as fast as Django can say it; by PUT it passes the same middleware as a vote."""
    return HttpResponse("ok")


urlpatterns = [path("floor/", floor)]
if hasattr(settings, "DATA_DIR"):
    urlpatterns.append(path("", include("jamsite.urls")))
