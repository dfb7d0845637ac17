"""Form fields for what songs have."""

from typing import Any

from django import forms

from songs import parts


class PartsField(forms.JSONField):
    """Parts in a line of words instead of JSON."""

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else parts.format_parts(value or [])

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, list) else parts.parse_parts(value or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != (data or "")
