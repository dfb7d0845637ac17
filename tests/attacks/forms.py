"""The forms of a page, as a browser would send them when nobody changes anything."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Form:
    """Where a form leads, and its fields with what they hold; a button's name is one of them."""

    action: str
    is_post: bool
    fields: dict[str, str] = field(default_factory=dict)


def list_forms(html: str) -> list[Form]:
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.here: Form | None = None
        self.choice = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.here = Form(found.get("action", ""), found.get("method", "get").lower() == "post")
            self.forms.append(self.here)
            self.by_id[found.get("id", "")] = self.here
        form = self.by_id.get(found.get("form", ""), self.here) if "form" in found else self.here
        name = found.get("name", "")
        if form is None or (tag != "option" and not name):
            return
        if tag in ("input", "button", "textarea"):
            if found.get("type") not in ("checkbox", "radio") or "checked" in found or name not in form.fields:
                form.fields[name] = found.get("value", "")
        elif tag == "select":
            self.choice = name
            form.fields[name] = ""
        elif tag == "option" and self.choice and ("selected" in found or not form.fields.get(self.choice)):
            form.fields[self.choice] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.here = None
        if tag == "select":
            self.choice = ""
