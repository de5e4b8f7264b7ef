begin;
select no_plan();

select is(app.is_share_link(label), expected, coalesce(label, 'no label'))
from (
    values
    ('https://api.whatsapp.com/send?text=look', true),
    ('https://api.whatsapp.com/send', true),
    ('https://web.whatsapp.com/send/?text=x', true),
    ('whatsapp://send?text=x', true),
    ('whatsapp:send', true),
    ('https://wa.me/?text=x', true),
    ('https://wa.me', true),
    ('https://api.whatsapp.com/send?phone=905321112233&text=x', false),
    ('https://api.whatsapp.com/send?text=x&phone=905321112233', false),
    ('whatsapp://send?phone=905321112233', false),
    ('https://wa.me/905321112233', false),
    ('https://wa.me/message/ABCDEF', false),
    ('chat widget', false),
    (null, null)
) as link (label, expected);

select * from finish();
rollback;
