"""Every address of the site; each app owns the ones below its name."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from jamsite import second_step_pages as second_step
from jamsite.api import v1
from jamsite.headers import csp_report
from jamsite.media import picture
from jamsite.versions import to_current

handler500 = "jamsite.errors.server_error"
handler404 = "jamsite.errors.not_found"
steps = [
    path("", admin.site.admin_view(second_step.page), name="second-step"),
    path("begin/", admin.site.admin_view(second_step.begin), name="second-step-begin"),
    path("confirm/", admin.site.admin_view(second_step.confirm), name="second-step-confirm"),
    path("codes/", admin.site.admin_view(second_step.renew_codes), name="second-step-codes"),
    path("off/", admin.site.admin_view(second_step.turn_off), name="second-step-off"),
]
urlpatterns = [
    path("", include("jams.urls")),
    path("", include("votes.urls")),
    path("host/", include("jams.hosting.urls")),
    path("songs/", include("songs.urls")),
    path("venues/", include("venues.urls")),
    path("search/", include("search.urls")),
    path("admin/dashboard/", include("operations.urls")),
    path("admin/export/", include("jamsite.exports")),
    path("admin/second-step/", include(steps)),
    path("admin/", admin.site.urls),
    path("api/v1/", v1.urls),
    re_path(r"^api/(?:jams|search|songs|venues)(?:/|$)", to_current),
    path("csp-report/", csp_report, name="csp-report"),
    re_path(r"^media/jams/(?P<name>[0-9a-f]{32})\.webp$", picture, name="picture"),
]
if settings.DEBUG:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += debug_toolbar_urls()
