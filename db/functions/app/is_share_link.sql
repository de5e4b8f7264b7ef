create function app.is_share_link(label text) returns boolean
language sql
immutable
parallel safe
return case
    when label ~* '^((https?://)?((api|web)\.)?whatsapp\.com/send|whatsapp:/*send|(https?://)?wa\.me)/?([?#]|$)'
        then label !~* '[?&]phone=[^&#]*[0-9]'
    when label is not null then false
end;

comment on function app.is_share_link(text) is
'Whether a WhatsApp link shares a text with whomever the visitor chooses: it names no number, and opens no card.';
grant execute on function app.is_share_link(text) to app_definer;
