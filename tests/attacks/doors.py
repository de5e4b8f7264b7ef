"""The functions of the contract by who may call them and what they are asked about."""

from tests.harness.requests import REQUESTS

FILES = {"conversions.csv", "adjustments.csv", "core.js"}
# Without a token.
OPEN = FILES | {
    "sync",
    "call_event",
    "login",
    "refresh_token",
    "logout",
    "key_login",
    "accept_invite",
    "request_password_reset",
    "reset_password",
    "health",
    "contract_version",
}
OF_SITES = [name for name, said in REQUESTS.items() if "site_id" in said]
OF_CARDS = [name for name, said in REQUESTS.items() if "call_id" in said]
