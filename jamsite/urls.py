"""All URLs of the site; each app defines its own."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from core.api.versioning import redirect_to_current_version
from core.http import site_files
from core.http.security_headers import csp_report
from jams.views.pictures import picture
from jamsite.api import v1

handler500 = "core.http.error_responses.server_error"
handler404 = "core.http.error_responses.not_found"
urlpatterns = [
    path("", include("jams.urls")),
    path("", include("votes.urls")),
    path("host/", include("jams.urls.console")),
    path("songs/", include("songs.urls")),
    path("venues/", include("venues.urls")),
    path("search/", include("search.urls")),
    path("admin/dashboard/", include("operations.urls")),
    path("admin/export/", include("exports.urls")),
    path("admin/two-factor/", include("accounts.urls")),
    path("admin/demo/", include("demo.urls")),
    path("admin/", admin.site.urls),
    path("setup/", include("accounts.urls.setup")),
    path("account/password/", include("accounts.urls.passwords")),
    path("account/email/", include("accounts.urls.address")),
    path("account/register/", include("accounts.urls.registration")),
    path("api/v1/", v1.urls),
    re_path(r"^api/(?:jams|search|songs|venues)(?:/|$)", redirect_to_current_version),
    path("favicon.ico", site_files.favicon, name="favicon"),
    path("robots.txt", site_files.robots, name="robots"),
    path("manifest.webmanifest", site_files.manifest, name="manifest"),
    path("service-worker.js", site_files.service_worker, name="service-worker"),
    path("offline/", site_files.offline, name="offline"),
    # Public pages are the same for everybody and hold no token. All that a forged request could change is a language.
    path("language/", csrf_exempt(set_language), name="set_language"),
    path("csp-report/", csp_report, name="csp-report"),
    re_path(r"^media/(?P<name>(?:jams|venues)/[0-9a-f]{32})\.webp$", picture, name="picture"),
]
if settings.DEBUG:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += debug_toolbar_urls()
