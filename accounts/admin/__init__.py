"""The admin of accounts, their two-factor authentication and their API tokens."""

from accounts.admin.api_tokens import ApiTokenAdmin
from accounts.admin.users import AccountAdmin

__all__ = ["AccountAdmin", "ApiTokenAdmin"]
