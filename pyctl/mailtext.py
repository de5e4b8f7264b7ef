"""What the mails say: Turkish, then English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

_ROLES = {
    "viewer": ("görüntüleyen", "viewer"),
    "editor": ("operatör", "editor"),
    "owner": ("sahip", "owner"),
}
# In the fragment: it is sent to no server and stands in no log.
_LINKS = {"invitation": "{url}/invite#{token}", "password_reset": "{url}/reset#{token}"}
_TEXTS = {
    "invitation": (
        "{site}: davet / invitation",
        """\
{site} sitesine {rol} olarak davet edildiniz. Kabul etmek için ({until} UTC'ye kadar):
{link}
Bu daveti beklemiyorsanız bu mesajı silin; başka bir şey yapmanız gerekmez.

You are invited to {site} as {role}. To accept (until {until} UTC):
{link}
If you did not expect this, delete this mail; there is nothing else to do.
""",
    ),
    "password_reset": (
        "Parola yenileme / Password reset",
        """\
Yeni parola belirlemek için ({until} UTC'ye kadar, bir kez):
{link}
Bunu siz istemediyseniz bu mesajı silin; parolanız değişmedi.

To set a new password (until {until} UTC, once):
{link}
If you did not ask for this, delete this mail; your password is as it was.
""",
    ),
    "password_changed": (
        "Parolanız değişti / Your password was changed",
        """\
Hesabınızın parolası değişti ({at} UTC); diğer oturumlar kapatıldı.
Bunu siz yapmadıysanız hemen yeni bir parola isteyin: {url}/reset

The password of your account was changed ({at} UTC); other log-ins were ended.
If that was not you, ask for a new one at once: {url}/reset
""",
    ),
}


def write(mail: Mapping[str, Any], url: str) -> tuple[str, str]:
    """Subject and body of a row of ``ops.mail_outbox``; links begin with ``url``."""
    subject, body = _TEXTS[mail["kind"]]
    facts = mail["facts"]
    rol, role = _ROLES.get(facts.get("role", ""), ("", ""))
    link = _LINKS.get(mail["kind"], "").format(url=url, token=mail["token"])
    utc = ZoneInfo("UTC")
    said = {
        "site": " ".join(str(facts.get("site", "")).split()),  # a line break would end the header
        "rol": rol,
        "role": role,
        "link": link,
        "url": url,
        "until": f"{mail['expires_at'].astimezone(utc):%Y-%m-%d %H:%M}",
        "at": f"{mail['created_at'].astimezone(utc):%Y-%m-%d %H:%M}",
    }
    return subject.format(**said), body.format(**said)
