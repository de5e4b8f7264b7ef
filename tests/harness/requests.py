"""A valid request for each function of schema api; what stands for an id is ``ID``."""

from __future__ import annotations

from typing import Any

ID = "11111111-2222-4333-8444-555555555555"
RANGE = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
PASSWORD = "a long enough password"
SITE = {"site_id": ID}
CARD = {"call_id": ID, "version": 1}
NUMBERS = {**SITE, **RANGE}
MEMBER = {**SITE, "user_id": ID}

REQUESTS: dict[str, dict[str, Any]] = {
    # open to everybody; sync and call_event take a body that is no JSON object of arguments
    "sync": {},
    "call_event": {},
    "login": {"email": "a@b.example", "password": PASSWORD},
    "refresh_token": {"refresh_token": "x"},
    "logout": {"refresh_token": "x"},
    "key_login": {"api_key": "x"},
    "accept_invite": {"token": "x", "password": PASSWORD},
    "request_password_reset": {"email": "a@b.example"},
    "reset_password": {"token": "x", "password": PASSWORD},
    "health": {},
    "core.js": {},
    "contract_version": {},
    "conversions.csv": {},
    "adjustments.csv": {},
    # about oneself
    "profile": {},
    "sign_in": {},
    "update_profile": {"display_name": "somebody"},
    "change_password": {"old_password": PASSWORD, "new_password": f"{PASSWORD} too"},
    "logins": {},
    "revoke_login": {"login_id": ID},
    # reads
    "sites": {},
    "archived_sites": {},
    "admin_sites_list": {},
    "recent_intents": SITE,
    "deleted_calls": SITE,
    "pulse": SITE,
    "intent_details": {"call_id": ID},
    "session_details": {**SITE, "session_id": ID},
    "session_timeline": {**SITE, "session_id": ID},
    "visitor_sessions": {**SITE, "visitor_id": "x"},
    "members": SITE,
    "invitations": SITE,
    "api_keys": SITE,
    "activity": SITE,
    "site_settings": SITE,
    "site_usage": SITE,
    "site_install_status": SITE,
    "queue_stats": NUMBERS,
    "oci_status": NUMBERS,
    "dashboard_stats": NUMBERS,
    "dashboard_timeline": NUMBERS,
    "dashboard_breakdown": {**NUMBERS, "dimension": "city"},
    "export_stats": NUMBERS,
    "export_intents": NUMBERS,
    # cards
    "seal": {**CARD, "amount": 1, "currency": "TRY"},
    "amend": {**CARD, "amount": 1},
    "junk": CARD,
    "restore": CARD,
    "cancel": CARD,
    "undo": CARD,
    "delete_call": CARD,
    "undelete_call": CARD,
    "bulk_action": {**SITE, "action": "junk", "items": [CARD]},
    "create_call": SITE,
    "auto_approve_stale_intents": SITE,
    # sites
    "create_site": {"name": "x", "domain": "x.example"},
    "update_site": {**SITE, "version": 1, "changes": {}},
    "archive_site": SITE,
    "restore_site": SITE,
    "erase_person": {**SITE, "visitor_id": "x"},
    "export_person": {**SITE, "visitor_id": "x"},
    # support access
    "open_support_access": {**SITE, "reason": "asked by the owner"},
    "close_support_access": {**SITE, "access_id": ID},
    "support_accesses": SITE,
    # people and machines
    "invite_member": {**SITE, "email": "a@b.example", "role": "viewer"},
    "revoke_invitation": {**SITE, "invitation_id": ID},
    "set_member_role": {**MEMBER, "role": "editor"},
    "remove_member": MEMBER,
    "transfer_ownership": MEMBER,
    "create_api_key": {**SITE, "name": "x", "scopes": ["read"]},
    "revoke_api_key": {**SITE, "key_id": ID},
    "rotate_call_secret": SITE,
    "promote_call_secret": SITE,
}
