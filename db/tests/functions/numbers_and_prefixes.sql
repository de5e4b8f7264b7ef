-- Numbers as people write them; addresses as proxies do; JSON numbers that spell out larger than they came.
begin;
select no_plan();

select is(app.canonical_target(action, raw, 'TR'), want, raw)
from (
    values
    ('whatsapp', 'https://wa.me/05321112233', 'wa:+905321112233'),
    ('whatsapp', 'https://wa.me/5321112233', 'wa:+905321112233'),
    ('whatsapp', 'https://wa.me/905321112233', 'wa:+905321112233'),
    ('whatsapp', 'https://wa.me/+905321112233?text=a', 'wa:+905321112233'),
    ('phone', 'tel:+90 (0)532 111 22 33', 'tel:+905321112233'),
    ('phone', 'tel:+90(0)5321112233', 'tel:+905321112233'),
    ('phone', 'tel:+905321112233 ext 4', 'tel:+905321112233'),
    ('phone', 'tel:0532 111 22 33 dahili 4', 'tel:+905321112233'),
    ('phone', 'tel:0(532) 111 22 33', 'tel:+905321112233')
) as dialled (action, raw, want);

select is(app.ip_prefix(ip::inet), prefix::cidr, ip)
from (
    values
    ('::ffff:192.0.2.77', '192.0.2.0/24'),
    ('::ffff:c000:24d', '192.0.2.0/24'),
    ('192.0.2.77', '192.0.2.0/24'),
    ('::fffe:192.0.2.77', '::/48'),
    ('2001:db8:1:2::3', '2001:db8:1::/48')
) as address (ip, prefix);

select is(app.has_huge_number(json), want, left(json, 40))
from (
    values
    ('{"v":1e131071}', true), ('{"v":1E+999}', true), ('{"v":-1.5e-400}', true), ('[1e0100]', true),
    ('{"v": 1e999}', true), (E'{"v":\n\t-0.1e999}', true), ('[1,1e999]', true), ('1e999', true),
    ('{"a":"\"","v":1e999}', true), ('{"a":"\\","v":1e999}', true),
    ('{"v":1e99}', false), ('{"v":123456789012}', false), ('{"g":"5e123"}', false), ('{"g":"\"5e123"}', false),
    ('{"g":"a\\\"1e999"}', false), ('{"u":"https://a.example/?gclid=Cj5e1234"}', false)
) as body (json, want);

select * from finish();
rollback;
