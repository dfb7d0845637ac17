"""Print the OpenAPI schema of the current API version, which is published as docs/openapi-v1.json."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from jamsite.api import v1


class Command(BaseCommand):
    help = "Print the OpenAPI document of the current API version: manage.py openapi > docs/openapi-v1.json"

    def handle(self, *args: Any, **options: Any) -> None:
        document = json.loads(json.dumps(v1.get_openapi_schema()))
        self.stdout.write(json.dumps(document, indent=2, sort_keys=True))
