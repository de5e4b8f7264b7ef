-- login, refresh_token, logout, and the pre-request
begin;
select no_plan();
select tap.make_everyone();
-- a cheap hash: the tests below hash often
insert into access.passwords (user_id, bcrypt)
select tap.person('owner'), extensions.crypt('correct horse', extensions.gen_salt('bf', 4));
delete from access.secrets;
select ops.set_jwt_secret(repeat('0123456789', 4));

create function tap.part(token text, n integer) returns jsonb language sql as $$
    select convert_from(decode(
        translate(split_part(token, '.', n), '-_', '+/') || repeat('=', (4 - length(split_part(token, '.', n)) % 4) % 4), 'base64'
    ), 'UTF8')::jsonb;
$$;
create function tap.status() returns text language sql as $$
    select nullif(current_setting('response.status', true), '');
$$;
create temporary table pair (name text, access_token text, refresh_token text);
grant all on pair to anon;

-- login
select tap.become_role('anon');
insert into pair select 'first', access_token, refresh_token from api.login(' Owner@People.Example ', 'correct horse');
select isnt(access_token, null, 'the right password') from pair;
select is(tap.status(), null, 'answers 200');
select is(tap.part(access_token, 1), '{"alg":"HS256","typ":"JWT"}', 'HS256') from pair;
select tap.become_nobody();
select is(
    tap.part(access_token, 2) - array['sid', 'iat', 'exp'],
    jsonb_build_object('iss', 'opsmantik', 'aud', 'opsmantik', 'role', 'authenticated', 'sub', tap.person('owner')), 'the claims'
)
from pair;
select is((tap.part(access_token, 2) ->> 'exp')::numeric - (tap.part(access_token, 2) ->> 'iat')::numeric, 600::numeric, 'for ten minutes') from pair;
select is(
    split_part(access_token, '.', 3),
    translate(encode(extensions.hmac(split_part(access_token, '.', 1) || '.' || split_part(access_token, '.', 2), repeat('0123456789', 4), 'sha256'), 'base64'), E'+/=\n', '-_'),
    'signed with the secret'
)
from pair;
select is_empty(
    $$select * from access.refresh_tokens join pair on token_sha256 = refresh_token::bytea$$, 'a refresh token is kept as digest only'
);

-- refusals: equal answers for an unknown address and a wrong password
select tap.become_role('anon');
select results_eq(
    format('select message, hint, access_token, refresh_token from api.login(%L, %L)', email, password),
    $$values ('invalid_credentials', 'Check the address and the password.', null::text, null::text)$$, 'refused: ' || why
),
    is(tap.status(), '401', '401: ' || why)
from (
    values ('owner@people.example', 'wrong', 'a wrong password'), ('owner@people.example', 'correct horse ', 'a blank too many'),
        ('nobody@people.example', 'correct horse', 'an unknown address'), ('viewer@people.example', 'correct horse', 'a person without password'),
        ('owner@people.example', '', 'an empty password'), ('owner@people.example', null, 'no password'), (null, null, 'nothing'),
        ('owner@people.example', 'correct horse' || repeat('x', 80), 'an endless password')
) as try (email, password, why);
select tap.become_nobody();
-- bcrypt looks at 72 bytes only: what is longer must not be cut and pass
update access.passwords set bcrypt = extensions.crypt(repeat('x', 72), extensions.gen_salt('bf', 4));
select is((api.login('owner@people.example', repeat('x', 73))).message, 'invalid_credentials', '73 bytes of which 72 are right');
select isnt((api.login('owner@people.example', repeat('x', 72))).access_token, null, '72 bytes');

-- throttled by account and address
delete from ops.rate_buckets;
create function tap.try_login(email text, password text) returns text language sql as $$
    select coalesce(message, 'in') from api.login(email, password);
$$;
select is(tap.try_login('owner@people.example', 'wrong'), 'invalid_credentials', 'attempt ' || n) from generate_series(1, 10) as n;
select is(tap.try_login('owner@people.example', repeat('x', 72)), 'too_many_attempts', 'the eleventh, even with the right password');
select is(tap.status(), '429', 'is 429');
select matches(current_setting('response.headers'), 'Retry-After', 'and says when to come again');
select is(tap.try_login('viewer@people.example', 'wrong'), 'invalid_credentials', 'another account is another');
select is(tap.try_login('nobody@people.example', 'wrong'), 'invalid_credentials', 'unknown attempt ' || n) from generate_series(1, 10) as n;
select is(tap.try_login('nobody@people.example', 'wrong'), 'too_many_attempts', 'an unknown address is throttled just so');
-- from elsewhere the victim gets in
select ops.set_proxy_secret(repeat('p', 40));
select tap.headers(jsonb_build_object('x-proxy-secret', repeat('p', 40), 'x-real-ip', '203.0.113.9'));
select is(tap.try_login('owner@people.example', repeat('x', 72)), 'in', 'who guesses from elsewhere locks out nobody');
select tap.headers();
delete from ops.rate_buckets;
select is(tap.try_login('owner@people.example', 'wrong'), 'invalid_credentials', 'failure ' || n) from generate_series(1, 9) as n;
select is(tap.try_login('owner@people.example', repeat('x', 72)), 'in', 'a success');
select is(tap.try_login('owner@people.example', 'wrong'), 'invalid_credentials', 'and all attempts are there again ' || n) from generate_series(1, 9) as n;
delete from ops.rate_buckets;

-- rotation
create function tap.rotate(token text) returns text language sql as $$
    select coalesce(message, refresh_token) from api.refresh_token(token);
$$;
create temporary table chain (n integer, token text);
insert into chain select 1, refresh_token from pair;
insert into chain select 2, tap.rotate(token) from chain where n = 1;
select isnt(token, (select token from chain where n = 1), 'each exchange gives another token') from chain where n = 2;
select isnt(tap.rotate(token), 'invalid_refresh_token', 'within ten seconds once more: two tabs') from chain where n = 1;
update access.refresh_tokens set used_at = used_at - interval '11 seconds' where used_at is not null;
select set_config('response.status', '', true) is not null;
select is(tap.rotate(token), 'invalid_refresh_token', 'later: somebody copied it') from chain where n = 1;
select is(tap.status(), '401', 'is 401');
select is(revoke_reason, 'reuse', 'the log-in is ended, and that stays') from access.logins where id = (
    select login_id from access.refresh_tokens join chain on n = 1 and token_sha256 = sha256(token::bytea)
);
select is(tap.rotate(token), 'invalid_refresh_token', 'the newest token of the log-in, too') from chain where n = 2;
select is(tap.rotate(token), 'invalid_refresh_token', coalesce(token, 'null') || ' is no token') from unnest(array['', 'x', null]) as token;
insert into chain select 3, refresh_token from api.login('owner@people.example', repeat('x', 72));
update access.refresh_tokens set expires_at = now() where token_sha256 = (select sha256(token::bytea) from chain where n = 3);
select is(tap.rotate(token), 'invalid_refresh_token', 'an expired token') from chain where n = 3;

-- logout
insert into chain select 4, refresh_token from api.login('owner@people.example', repeat('x', 72));
insert into chain select 5, refresh_token from api.login('owner@people.example', repeat('x', 72));
select api.logout(token) from chain where n = 4;
select is(tap.rotate(token), 'invalid_refresh_token', 'after the log-out') from chain where n = 4;
select isnt(tap.rotate(token), 'invalid_refresh_token', 'another log-in of the same person goes on') from chain where n = 5;
select lives_ok($$select api.logout('nonsense')$$, 'nothing to log out is no error');
select lives_ok($$select api.logout(null)$$, 'null neither');

-- the pre-request
create function tap.pre_request(claims jsonb, role text default 'authenticated', token text default null) returns text language plpgsql as $$
begin
    if coalesce(claims ->> 'role', 'anon') <> 'anon' then
        perform tap.headers(jsonb_build_object('authorization', 'Bearer ' || coalesce(token, access.sign_jwt(claims))));
    end if;
    perform tap.become_role(pre_request.role, coalesce(claims::text, ''));
    perform access.check_request();
    perform tap.become_nobody();
    return 'in';
exception when others then
    return sqlstate || ' ' || sqlerrm;
end;
$$;
create temporary table token (good jsonb);
insert into access.logins (user_id) values (tap.person('owner'));
insert into access.machine_tokens (id, name, role, expires_at)
values ('00000000-0000-4000-8000-000000000001', 'prometheus', 'monitor', now() + interval '1 day');
insert into token select jsonb_build_object(
    'sid', (select id from access.logins where user_id = tap.person('owner') and revoked_at is null order by created_at desc limit 1),
    'iss', 'opsmantik', 'aud', 'opsmantik', 'sub', tap.person('owner'), 'role', 'authenticated', 'iat', extract(epoch from now()), 'exp', extract(epoch from now()) + 600
);
select is(tap.pre_request((good - removed) || changed::jsonb), want, why)
from token
cross join (
    values
    ('x', '{}', 'in', 'a good token'),
    ('iss', '{}', 'PT401 token_incomplete', 'without issuer'),
    ('sub', '{}', 'PT401 token_incomplete', 'without subject'),
    ('exp', '{}', 'PT401 token_incomplete', 'without end'),
    ('x', '{"exp": null}', 'PT401 token_incomplete', 'with no end'),
    ('x', '{"exp": "never"}', 'PT401 token_incomplete', 'with a text for its end'),
    ('x', '{"sub": 7}', 'PT401 token_incomplete', 'with a number for its subject'),
    ('x', '{"exp": 1}', 'PT401 token_expired', 'over since long'),
    ('aud', '{}', 'PT401 issuer_not_allowed', 'without audience'),
    ('x', '{"aud": "other"}', 'PT401 issuer_not_allowed', 'for another audience'),
    ('x', '{"aud": ["other", "opsmantik"]}', 'in', 'for two audiences'),
    ('x', '{"aud": ["other"]}', 'PT401 issuer_not_allowed', 'for a list of others'),
    ('x', '{"iss": "https://evil.example"}', 'PT401 issuer_not_allowed', 'of another issuer'),
    ('x', '{"role": "app_owner"}', 'PT401 issuer_not_allowed', 'for a role that nobody gives'),
    ('x', '{"role": "anon"}', 'PT401 issuer_not_allowed', 'for anon'),
    ('role', '{}', 'PT401 issuer_not_allowed', 'without role'),
    ('x', '{"role": "monitor"}', 'PT401 token_revoked', 'for monitor, and not listed'),
    ('x', '{"role": "monitor", "sub": "prometheus", "jti": "00000000-0000-4000-8000-000000000001"}', 'in', 'of a machine that is listed'),
    ('x', '{"role": "service_role", "sub": "prometheus", "jti": "00000000-0000-4000-8000-000000000001"}', 'PT401 token_revoked', 'of a machine listed for less'),
    ('sid', '{}', 'PT401 login_ended', 'without a log-in'),
    ('x', '{"sid": "x"}', 'PT401 login_ended', 'with nonsense for its log-in'),
    ('x', '{"sid": "00000000-0000-0000-0000-000000000000"}', 'PT401 login_ended', 'of a log-in that is not there')
) as try (removed, changed, want, why);
select is(tap.pre_request(good || jsonb_build_object('exp', extract(epoch from now()))), 'PT401 token_expired', 'at its very end it is over') from token;
select is(tap.pre_request(good || jsonb_build_object('iat', extract(epoch from now()) + 61)), 'PT401 token_not_yet_valid', 'from the future') from token;
select is(tap.pre_request(good || jsonb_build_object('iat', extract(epoch from now()) + 30)), 'in', 'a clock half a minute off') from token;
select tap.headers();
select is(tap.pre_request(null, 'anon'), 'in', 'no token at all');
select is(tap.pre_request('{"role": "anon"}', 'anon'), 'in', 'what PostgREST says of no token');
select tap.headers('{"authorization": "Bearer "}');
select is(tap.pre_request('{"role": "anon"}', 'anon'), 'PT401 token_missing', 'Bearer with nothing behind it');
select tap.headers('{"authorization": "Basic eDp5"}');
select is(tap.pre_request('{"role": "anon"}', 'anon'), 'in', 'Basic is the feed''s');
select tap.headers();
-- only a token that our own secret signed, with these very claims, speaks as us
select is(tap.pre_request(good, 'authenticated', token), 'PT401 issuer_not_allowed', why)
from token
cross join lateral (
    values
    (access.sign_jwt(good) || 'x', 'a longer signature'),
    (overlay(access.sign_jwt(good) placing '---' from length(access.sign_jwt(good)) - 5 for 3), 'another signature'),
    (access.sign_jwt(good || '{"nonce": 1}'), 'ours, with other claims'),
    (replace(access.sign_jwt(good), 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9', 'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9'), 'another header'),
    ('', 'no token'), ('a.b', 'no three parts')
) as try (token, why);
-- an external issuer gets authenticated only, by a key of its own that the token names, and is its own namespace of subjects
insert into access.issuers (iss, aud, role, keys) values ('https://idp.example', 'us', 'authenticated', '[{"kid": "k", "alg": "RS256"}]');
create function tap.foreign_token(head jsonb) returns text language sql as $$
    select access.base64url(convert_to(head::text, 'UTF8')) || '.e30.x'
$$;
create temporary table foreign_token (good jsonb);
insert into foreign_token select good || '{"iss": "https://idp.example", "aud": "us"}' from token;
select is(tap.pre_request(good || changed::jsonb, 'authenticated', tap.foreign_token(head::jsonb)), want, why)
from foreign_token
cross join (
    values
    ('{}', '{"alg": "RS256", "kid": "k"}', 'in', 'a listed external issuer'),
    ('{}', '{"alg": "HS256", "kid": "k"}', 'PT401 issuer_not_allowed', 'with another algorithm'),
    ('{}', '{"alg": "RS256", "kid": "l"}', 'PT401 issuer_not_allowed', 'with another key'),
    ('{}', '{"alg": "RS256"}', 'PT401 issuer_not_allowed', 'without the key''s name'),
    ('{"role": "service_role"}', '{"alg": "RS256", "kid": "k"}', 'PT401 issuer_not_allowed', 'mints no other role'),
    ('{"iss": "opsmantik", "aud": "opsmantik"}', '{"alg": "RS256", "kid": "k"}', 'PT401 issuer_not_allowed', 'nor speaks as us'),
    ('{"exp": 99999999999}', '{"alg": "RS256", "kid": "k"}', 'PT401 token_incomplete', 'that lasts for ever'),
    ('{"iat": null}', '{"alg": "RS256", "kid": "k"}', 'PT401 token_incomplete', 'without iat'),
    ('{"sub": ""}', '{"alg": "RS256", "kid": "k"}', 'PT401 token_incomplete', 'about nobody')
) as try (changed, head, want, why);
select tap.become_role('authenticated', good::text), is(access.user_id(), null, 'and its subject is not ours') from foreign_token;
select tap.become_nobody();
select throws_ok(
    format('insert into access.issuers (iss, aud, role) values (%L, %L, %L)', iss, aud, role), state, null, why
)
from (
    values
    ('https://other.example', 'us', 'authenticated', '23505', 'a second external issuer could be spoken for by the first'),
    ('https://idp.example', 'us', 'service_role', '23514', 'an external issuer of machines'),
    ('https://idp.example', null, 'authenticated', '23514', 'one whose tokens are for anybody'),
    ('postgres', 'us', 'authenticated', '23514', 'one that is called like the analysts'' log-ins'),
    ('http://idp.example', 'us', 'authenticated', '23514', 'one without https')
) as try (iss, aud, role, state, why);
-- a log-in that ended takes its access tokens along
select is(tap.pre_request(tap.part(access_token, 2)), 'PT401 login_ended', 'the access token of a log-in that ended') from pair;
insert into pair select 'second', access_token, refresh_token from api.login('owner@people.example', repeat('x', 72));
select is(tap.pre_request(tap.part(access_token, 2)), 'in', 'that of one that stands') from pair where name = 'second';
select is(tap.pre_request(tap.part(access_token, 2) || jsonb_build_object('sub', tap.person('admin'))), 'PT401 login_ended', 'somebody else''s log-in')
from pair where name = 'second';
-- what runs before a GET writes nothing
select is((select provolatile::text from pg_proc where oid = 'access.check_request'::regproc), 's', 'the pre-request writes nothing');

select * from finish();
rollback;
