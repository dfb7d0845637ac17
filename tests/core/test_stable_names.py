"""What is signed, hashed, stored or routed by must read the same after every update."""

from django.tasks import Task
from django.utils.module_loading import import_string

from core import stable_names

PINNED = {
    "BROWSER_COOKIE": "jamsite",
    "LANGUAGE_COOKIE": "language",
    "COOKIE_LABEL_SALT": "jamsite.cookie-label",
    "BROWSER_SALT": "jamsite.browser",
    "DEVICE_TRANSFER_SALT": "jamsite.device-transfer",
    "CLIENT_ADDRESS_SALT": "jamsite.client-address",
    "RATE_LIMIT_SALT": "jamsite.rate-limit",
    "ACT_CODE_SALT": "jamsite.act-code",
    "ROOM_CODE_SALT": "jamsite.room-code",
    "STAGE_LINK_SALT": "jamsite.stage-link",
    "RECOVERY_CODE_SALT": "jamsite.recovery-code",
    "PASSWORD_PROOF_SALT": "jamsite.password-proof",
    "PUSH_KEY_SALT": "jamsite.push-key",
    "PUSH_RECEIPT_SALT": "jamsite.push-receipt",
    "FIRST_ACCOUNT_SALT": "jamsite.first-account",
    "INVITATION_SALT": "jamsite.invitation",
    "REGISTRATION_SALT": "jamsite.registration",
    "ADDRESS_SALT": "jamsite.address",
    "API_TOKEN_PREFIX": "jam_",
    "LIVE_GROUP_PREFIX": "jam.",
    "GENERATION_PREFIX": "generation:",
    "RATE_LIMIT_PREFIX": "jamsite.limit",
    "KEY_PREFIX": "jamsite",
}
# The path of a job is stored with it: a job that was enqueued before an update runs after it.
JOBS = (
    "accounts.services.addresses.mail_address_link",
    "accounts.services.passwords.mail_password_links",
    "accounts.services.registration.mail_registration",
    "jams.tasks.check_chord_link",
    "jams.tasks.check_chord_link_again",
    "jams.tasks.close_jams_left_open",
    "jams.tasks.find_new_chord_links",
    "jams.tasks.find_old_chord_links",
    "jams.tasks.forget_old_jams",
    "jobs.tasks.clear_expired_sessions",
    "jobs.tasks.prune_old_jobs",
    "search.tasks.forget_old_searches",
    "songs.services.imports.jobs.check_import",
    "songs.services.imports.jobs.run_import",
    "songs.tasks.forget_old_imports",
)


def test_stable_names_keep_their_values() -> None:
    assert {name: value for name, value in vars(stable_names).items() if name.isupper()} == PINNED


def test_stored_job_paths_lead_to_jobs() -> None:
    assert [path for path in JOBS if not isinstance(import_string(path), Task)] == []
