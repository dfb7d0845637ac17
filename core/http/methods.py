"""Which methods a view answers, beside those that Django names itself."""

from django.views.decorators.http import require_http_methods

#: For the view of a form, which shows it and takes it; any other method is answered with 405.
require_form = require_http_methods(["GET", "HEAD", "POST"])
