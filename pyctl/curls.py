"""The curl of each function in the reference: a test runs every one of them."""

from __future__ import annotations

from typing import Any

from pyctl.errors import OperatorError

# What stands for an argument of this name. `$NAME` is the shell's; a text is quoted.
VALUES: dict[str, str] = {
    "access_id": '"$SUPPORT_ACCESS"',
    "action": '"junk"',
    "amount": "1250.00",
    "api_key": '"$API_KEY"',
    "call_id": '"$CALL"',
    "caller_phone": '"+905321112299"',
    "changes": '{"assumed_cpc": 12.5}',
    "currency": '"TRY"',
    "cursor": '"$CURSOR"',
    "dimension": '"city"',
    "display_name": '"Zeynep"',
    "domain": '"new.example"',
    "email": '"$EMAIL"',
    "idempotency": '"order-2026-0001"',
    "invitation_id": '"$INVITATION"',
    "items": '[{"call_id": "$CALL", "version": $VERSION}]',
    "key_id": '"$KEY"',
    "login_id": '"$LOGIN"',
    "name": '"New site"',
    "new_password": '"a new long password"',
    "old_password": '"$PASSWORD"',
    "password": '"$PASSWORD"',
    "reason": '"A card is missing, says the owner"',
    "refresh_token": '"$REFRESH_TOKEN"',
    "role": '"viewer"',
    "scopes": '["read"]',
    "session_id": '"$SESSION"',
    "since": '"2026-10-01T00:00:00+03:00"',
    "site_id": '"$SITE"',
    "token": '"$MAILED_TOKEN"',
    "until": '"2026-11-01T00:00:00+03:00"',
    "user_id": '"$USER_ID"',
    "version": "$VERSION",
    "visitor_id": '"$VISITOR"',
}
# Arguments that are not needed, but belong to what the call is for.
ALSO: dict[str, tuple[str, ...]] = {
    "accept_invite": ("password",),
    "create_call": ("caller_phone",),
    "erase_person": ("visitor_id",),
    "export_person": ("visitor_id",),
    "refresh_token": ("refresh_token",),
    "logout": ("refresh_token",),
    "update_profile": ("display_name",),
}
# Behind Basic: the platform's own way to log in.
FEEDS = ("conversions.csv", "adjustments.csv")
SYNC = """\
curl "$API/rpc/sync" -H "Content-Type: text/plain" -d @- <<JSON
{"k": "$PUBLIC_KEY", "s": "$NEW_SESSION", "v": "1", "p": {"u": "https://acme.example/?gclid=a-click"},
 "e": [{"i": 4242, "g": 0, "c": "conversion", "a": "phone_call", "l": "tel:+905321112233"}]}
JSON"""
CALL_EVENT = """\
BODY='{"k": "'$PUBLIC_KEY'", "id": "provider-42", "from": "+905321112299"}'
AT=$(date +%s)
SIGN=$(printf '%s.%s' "$AT" "$BODY" | openssl dgst -sha256 -hmac "$CALL_SECRET" -r | cut -d' ' -f1)
curl "$API/rpc/call_event" -H "Content-Type: application/json" \\
  -H "X-Signature: t=$AT,v1=$SIGN" -d "$BODY\""""
WHOLE = {"sync": SYNC, "call_event": CALL_EVENT}


def _sent(row: dict[str, Any]) -> dict[str, str]:
    """Each argument that the example says, as JSON."""
    also = ALSO.get(row["name"], ())
    wanted = [a["name"] for a in row["arguments"] if a["default"] is None or a["name"] in also]
    for name in wanted:
        if name not in VALUES:
            raise OperatorError(
                f"The example of {row['name']} needs a value for {name}.",
                "Give it one in pyctl/curls.py.",
            )
    return {name: VALUES[name] for name in wanted}


def _bare(value: str) -> str:
    return value.strip('"')


def command(row: dict[str, Any]) -> str:
    """The lines of the block."""
    name = row["name"]
    if name in WHOLE:
        return WHOLE[name]
    address = f'"$API/rpc/{name}"'
    if name in FEEDS:
        return f'curl -u "$FEED_USER:$FEED_PASSWORD" {address}'
    said = "" if "anon" in row["roles"] else ' -H "Authorization: Bearer $TOKEN"'
    sent = _sent(row)
    if row["reads"]:
        query = "".join(
            f' \\\n  --data-urlencode "{argument}={_bare(value)}"'
            for argument, value in sent.items()
        )
        return f"curl {'-G ' if sent else ''}{address}{said}{query}"
    body = ", ".join(f'"{argument}": {value}' for argument, value in sent.items())
    return (
        f'curl {address}{said} -H "Content-Type: application/json" -d @- <<JSON\n{{{body}}}\nJSON'
    )


def status(row: dict[str, Any]) -> int:
    """The HTTP status that the example answers."""
    return 204 if row["result"] == "void" else 200
