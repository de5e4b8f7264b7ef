begin;
select no_plan();

select is(app.castable(body)::jsonb ->> 'l', want, why)
from (
    values
    ('{"l":"plain"}', 'plain', 'plain text'),
    ('{"l":"a\u0000b"}', U&'a\FFFDb', 'a NUL becomes U+FFFD'),
    ('{"l":"\u0000\u0000"}', U&'\FFFD\FFFD', 'two NULs'),
    ('{"l":"\ud83d\ude00"}', U&'\+01F600', 'a valid pair stays'),
    ('{"l":"\uD83D\uDE00"}', U&'\+01F600', 'a valid pair in capitals stays'),
    ('{"l":"\ud83d"}', U&'\FFFD', 'a lone high surrogate'),
    ('{"l":"\ude00"}', U&'\FFFD', 'a lone low surrogate'),
    ('{"l":"\ud83dx\ude00"}', U&'\FFFDx\FFFD', 'a pair torn apart'),
    ('{"l":"\ud83d\ud83d\ude00"}', U&'\FFFD\+01F600', 'a high one before a pair'),
    ('{"l":"\ud83d\ude00\ude00"}', U&'\+01F600\FFFD', 'a low one behind a pair'),
    ('{"l":"\ud83d\ude00\ud83d\ude00"}', U&'\+01F600\+01F600', 'two pairs'),
    ('{"l":"\ude00\ud83d"}', U&'\FFFD\FFFD', 'a pair the wrong way round'),
    ('{"l":"\\u0000"}', '\u0000', 'an escaped backslash before u0000 is text'),
    ('{"l":"\\\u0000"}', U&'\\\FFFD', 'an escaped backslash, then a NUL'),
    ('{"l":"\\\\u0000"}', '\\u0000', 'two escaped backslashes before u0000 are text'),
    ('{"l":"\\ud83d"}', '\ud83d', 'an escaped backslash before a surrogate is text'),
    ('{"l":"c:\\users\\ud83d"}', 'c:\users\ud83d', 'a path that looks like one'),
    ('{"l":"\u00e7\u0131"}', 'çı', 'Turkish letters stay')
) as example (body, want, why);

select throws_ok(
    $$select '{"l":"\u0000"}'::jsonb$$, '22P05', null, 'without it jsonb refuses the batch: the reason it is there'
);
select is(app.castable('not json \u0000'), 'not json \ufffd', 'what is not JSON passes through');
select is(app.castable(null), null, 'null stays null');

-- text that jsonb refuses for other reasons is cast event by event
select is(
    app.lenient_batch('{"k":"x","e":[{"i":1},{"i":1e999999999},{"i":2}]}') -> 'e' -> 0, '{"i":1}', 'the neighbour before stays'
);
select is(
    app.lenient_batch('{"k":"x","e":[{"i":1},{"i":1e999999999},{"i":2}]}') -> 'e' -> 2, '{"i":2}', 'the neighbour behind stays'
);
select is(
    jsonb_typeof(app.lenient_batch('{"k":"x","e":[{"i":1},{"i":1e999999999},{"i":2}]}') -> 'e' -> 1), 'string',
    'the poisonous one is its own text'
);
select is(app.lenient_batch('{"k":"x","p":1e999999999,"e":[]}') ->> 'k', 'x', 'a poisonous field costs itself alone');
select is(app.lenient_batch('nonsense'), null, 'what is no JSON is null');
select is(app.lenient_batch('[1]'), null, 'what is no object is null');

select * from finish();
rollback;
