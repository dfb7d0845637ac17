"""Print the OpenAPI schema of the current API version, which is published as docs/openapi-v1.json."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jamsite.api import v1


class Command(BaseCommand):
    help = "Print the OpenAPI document of the current API version: manage.py openapi > docs/openapi-v1.json"

    def handle(self, *args: Any, **options: Any) -> None:
        document = json.loads(json.dumps(v1.get_openapi_schema()))
        for scheme in document["components"]["securitySchemes"].values():
            if scheme.get("in") == "cookie":  # the published names are those of a site without a COOKIE_LABEL
                scheme["name"] = scheme["name"].removeprefix(settings.COOKIE_PREFIX)
        self.stdout.write(json.dumps(document, indent=2, sort_keys=True))
