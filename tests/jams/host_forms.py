"""What the forms for hosts send."""

import re
from typing import Any

NEW = {
    "name": "Friday Jam",
    "venue": "new",
    "place-name": "Blue Lantern",
    "place-address": "Main Street 1",
    "place-time_zone": "Europe/Berlin",
    "starts_at": "2126-11-29T20:00",
    "ends_at": "2126-11-30T00:30",
    "format": "songs",
    "set_songs": "3",
    "set_minutes": "",
    "changeover_minutes": "5",
    "stage_plan": "",
    "hard_stop": "",
    "songs_from": "",
}


def plan_of(page: Any) -> dict[str, str]:
    """Return what the form for a night on `page` sends when nobody changes it."""
    form = page.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    inputs = dict(re.findall(r'<input type="[\w-]+" name="([\w-]+)" value="([^"]*)"', page.text))
    plan = {name: str(inputs.get(name, value) or "") for name, value in shown.items()}
    return plan | {name: value for name, value in inputs.items() if name.startswith("initial-")}
