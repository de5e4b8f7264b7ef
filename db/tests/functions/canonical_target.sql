begin;
select no_plan();

select is(app.canonical_target(action, raw, country), want, format('%s %s in %s', action, coalesce(raw, 'null'), country))
from (
    values
    -- E.164 as it came
    ('phone', 'tel:+905321112233', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:+90 (532) 111-22-33', 'TR', 'tel:+905321112233'),
    ('phone', 'TEL:+905321112233', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:%2B905321112233', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:+90%20532%20111%2022%2033', 'TR', 'tel:+905321112233'),
    ('phone', 'callto:+905321112233', 'TR', 'tel:+905321112233'),
    ('phone', 'callto://+905321112233', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:+905321112233;ext=12', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:+905321112233?x=99', 'TR', 'tel:+905321112233'),
    ('phone', '  tel:+905321112233 ', 'TR', 'tel:+905321112233'),
    -- the Turkish rules
    ('phone', 'tel:00905321112233', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:00442079460000', 'TR', 'tel:+442079460000'),
    ('phone', 'tel:5321112233', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:05321112233', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:0532 111 22 33', 'TR', 'tel:+905321112233'),
    ('phone', 'tel:0(212) 444-55-66', 'TR', 'tel:+902124445566'),
    ('phone', 'tel:905321112233', 'TR', 'tel:+905321112233'),
    ('phone', '0532 111 22 33', 'TR', 'tel:+905321112233'),
    -- short and premium numbers are no mobile numbers
    ('phone', 'tel:4440444', 'TR', 'tel:4440444'),
    ('phone', 'tel:112', 'TR', 'tel:112'),
    -- elsewhere the Turkish rules do not hold
    ('phone', 'tel:5321112233', 'US', 'tel:5321112233'),
    ('phone', 'tel:05321112233', 'DE', 'tel:05321112233'),
    ('phone', 'tel:905321112233', 'DE', 'tel:905321112233'),
    ('phone', 'tel:00905321112233', 'DE', 'tel:+905321112233'),
    -- WhatsApp
    ('whatsapp', 'https://wa.me/905321112233', 'TR', 'wa:+905321112233'),
    ('whatsapp', 'https://wa.me/905321112233?text=Merhaba', 'TR', 'wa:+905321112233'),
    ('whatsapp', 'https://wa.me/+905321112233', 'TR', 'wa:+905321112233'),
    ('whatsapp', 'https://api.whatsapp.com/send?phone=905321112233&text=hi', 'TR', 'wa:+905321112233'),
    ('whatsapp', 'https://api.whatsapp.com/send?text=hi&phone=%2B905321112233', 'TR', 'wa:+905321112233'),
    ('whatsapp', 'https://api.whatsapp.com/send/?phone=05321112233', 'TR', 'wa:+905321112233'),
    ('whatsapp', 'whatsapp://send?phone=5321112233', 'TR', 'wa:+905321112233'),
    ('whatsapp', 'https://wa.me/442079460000', 'TR', 'wa:+442079460000'),
    ('whatsapp', 'https://WA.ME/905321112233', 'TR', 'wa:+905321112233'),
    -- what holds no number stays as it came
    ('whatsapp', 'https://chat.whatsapp.com/invite', 'TR', 'https://chat.whatsapp.com/invite'),
    ('phone', 'tel:', 'TR', 'tel:'),
    ('phone', '+', 'TR', '+'),
    ('phone', '', 'TR', null),
    ('phone', '   ', 'TR', null),
    ('phone', null, 'TR', null),
    -- forms by their id or name
    ('form', 'contact-form', 'TR', 'contact-form'),
    ('form', ' 0532 111 22 33 ', 'TR', '0532 111 22 33'),
    ('form', null, 'TR', null)
) as example (action, raw, country, want);

select is(length(app.canonical_target('form', repeat('x', 500), 'TR')), 200, 'a form name is cut');
select cmp_ok(
    length(app.canonical_target('phone', 'tel:' || repeat('9', 500), 'TR')), '<=', 40, 'an endless number is cut'
);

select * from finish();
rollback;
