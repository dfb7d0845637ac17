"""Strings that sign, hash, store or route. They are data, not names: a new value makes old data unreadable.

If a salt changes, every phone becomes a stranger with a second vote. So none of these is derived from the name of a
module, and `tests/core/test_stable_names.py` pins their values.
"""

BROWSER_COOKIE = "jamsite"  # name of the cookie that identifies a browser; see COOKIE_PREFIX
LANGUAGE_COOKIE = "language"  # name of the cookie that holds a chosen language; the same prefix
COOKIE_LABEL_SALT = "jamsite.cookie-label"  # derives COOKIE_LABEL from the secret key, unless it is set
BROWSER_SALT = "jamsite.browser"  # signs that cookie, and hashes its id with a jam into `Attendee.browser`
DEVICE_TRANSFER_SALT = "jamsite.device-transfer"  # hashes the code that moves a musician to another phone
CLIENT_ADDRESS_SALT = "jamsite.client-address"  # hashes an address before it is counted
RATE_LIMIT_SALT = "jamsite.rate-limit"  # hashes the keys under which rate limits are counted
ACT_CODE_SALT = "jamsite.act-code"  # derives the code with which others join an act
ROOM_CODE_SALT = "jamsite.room-code"  # derives the room codes of a jam from its secret
STAGE_LINK_SALT = "jamsite.stage-link"  # derives the key in the link for a venue's television
RECOVERY_CODE_SALT = "jamsite.recovery-code"  # hashes the recovery codes of two-factor authentication
PASSWORD_PROOF_SALT = "jamsite.password-proof"  # noqa: S105  (signs what the login's second step shows for the password)
PUSH_KEY_SALT = "jamsite.push-key"  # derives the key that identifies this site to push services
PUSH_RECEIPT_SALT = "jamsite.push-receipt"  # signs the address where a phone reports that it shows a call
FIRST_ACCOUNT_SALT = "jamsite.first-account"  # signs the link that makes the first account of a new site
INVITATION_SALT = "jamsite.invitation"  # signs the link in an invitation of a co-host
REGISTRATION_SALT = "jamsite.registration"  # signs the link that confirms the address of a new account
ADDRESS_SALT = "jamsite.address"  # signs the link that confirms another address of an account
API_TOKEN_PREFIX = "jam_"  # noqa: S105  (tells people, and scanners for leaked secrets, what a token is)
LIVE_GROUP_PREFIX = "jam."  # of a jam's group in the channel layer
GENERATION_PREFIX = "generation:"  # of a cache key that holds a generation
RATE_LIMIT_PREFIX = "jamsite.limit"  # of the keys under which rate limits are counted in Redis
KEY_PREFIX = "jamsite"  # of every cache key, and of the channel layer's keys
