-- People and sites with names, so that no id stands in a test. Loaded beside pgTAP, in databases of tests only.
create sequence tap.event_ids;
grant usage on sequence tap.event_ids to public;

create function tap.site(name text) returns uuid
language sql
stable
security definer
set search_path = ''
as $$
    select sites.id from app.sites where sites.name = site.name;
$$;

create function tap.person(name text) returns uuid
language sql
stable
security definer
set search_path = ''
as $$
    select profiles.id from app.profiles where profiles.display_name = person.name;
$$;

create function tap.make_site(name text) returns uuid
language sql
as $$
    insert into app.sites (name, domain) values (make_site.name, make_site.name || '.example') returning id;
$$;

create function tap.make_person(name text, role text default 'user') returns uuid
language sql
as $$
    select access.create_user(make_person.name || '@people.example', null, make_person.name, make_person.role);
$$;

create function tap.make_member(name text, role text, site text default 'acme') returns void
language plpgsql
as $$
begin
    if tap.person(name) is null then
        perform tap.make_person(name);
    end if;
    insert into app.site_members (site_id, user_id, role) values (tap.site(site), tap.person(name), make_member.role);
end;
$$;

create function tap.open_support(name text, site text) returns uuid
language sql
as $$
    insert into app.support_accesses (site_id, admin_id, reason, expires_at)
    values (tap.site(site), tap.person(name), 'asked by the owner', now() + interval '1 hour') returning id;
$$;

-- acme with viewer, editor, owner; neighbour owns the other site; admin under support access to both; stranger belongs to none, removed did.
create function tap.make_everyone() returns void
language plpgsql
as $$
begin
    perform tap.make_site('acme');
    perform tap.make_site('neighbour');
    perform tap.make_member('owner', 'owner');
    perform tap.make_member('editor', 'editor');
    perform tap.make_member('viewer', 'viewer');
    perform tap.make_member('neighbour', 'owner', 'neighbour');
    perform tap.make_member('removed', 'editor');
    perform tap.make_person('admin', 'admin');
    perform tap.make_person('stranger');
    perform tap.open_support('admin', 'acme'), tap.open_support('admin', 'neighbour');
    delete from app.site_members where site_members.user_id = tap.person('removed');
end;
$$;

-- What follows asks as this person, as PostgREST would: role and claims.
create function tap.become(name text) returns void
language plpgsql
as $$
begin
    if tap.person(name) is null then
        raise exception 'nobody is called %', name;
    end if;
    perform set_config('request.jwt.claims', jsonb_build_object(
        'iss', 'opsmantik', 'aud', 'opsmantik', 'sub', tap.person(name), 'role', 'authenticated'
    )::text, true);
    perform set_config('role', 'authenticated', true);
end;
$$;

create function tap.become_role(role text, claims text default '') returns void
language sql
as $$
    select
        set_config('request.jwt.claims', claims, true),
        set_config('role', become_role.role, true);
$$;

-- The superuser who loaded the file: makes what no role may.
create function tap.become_nobody() returns void
language sql
as $$
    select tap.become_role('none');
$$;

-- What the person hears: the message of the refusal, or done.
create function tap.knock(name text, call text) returns text language plpgsql as $$
declare
    v_outcome text;
begin
    perform tap.become(name);
    begin
        execute 'select * from ' || call;
        v_outcome := 'done';
    exception when others then
        v_outcome := sqlerrm;
    end;
    perform tap.become_nobody();
    return v_outcome;
end;
$$;

create function tap.session(name text) returns uuid
language sql
immutable
as $$
    select md5('session ' || name)::uuid;
$$;

create function tap.event(
    action text, age interval default '1 minute', label text default null, value numeric default null, id bigint default null
) returns jsonb
language sql
as $$
    select jsonb_build_object(
        'i', coalesce(event.id, nextval('tap.event_ids')), 'g', extract(epoch from age) * 1000, 'a', action, 'l', label, 'v', value,
        'c', case
            when action = 'page_view' then 'page'
            when action in ('phone_call', 'whatsapp', 'form_submit') then 'conversion'
            when action in ('heartbeat', 'session_end') then 'system'
            else 'interaction'
        end
    );
$$;

create function tap.headers(changes jsonb default '{}') returns void
language sql
as $$
    select set_config('request.headers', (jsonb_build_object(
        'user-agent', 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36'
    ) || changes)::text, true);
$$;

-- One batch through api.sync, as anon.
create function tap.send(
    session text, events jsonb, site text default 'acme', url text default 'https://acme.example/', more jsonb default '{}'
) returns jsonb
language plpgsql
as $$
declare
    v_role text := current_setting('role');
    v_claims text := current_setting('request.jwt.claims', true);
    v_body text;
    v_answer jsonb;
begin
    if nullif(current_setting('request.headers', true), '') is null then
        perform tap.headers();
    end if;
    perform tap.become_nobody();
    v_body := jsonb_build_object(
        'k', (select sites.public_key from app.sites where sites.id = tap.site(send.site)),
        's', tap.session(session), 'f', 'visitor of ' || session, 'v', 'test', 'p', jsonb_build_object('u', url),
        'e', case jsonb_typeof(events) when 'object' then jsonb_build_array(events) else events end
    ) || more;
    perform tap.become_role('anon');
    select to_jsonb(answer) || jsonb_build_object('http', current_setting('response.status', true)::integer)
    into v_answer from api.sync(v_body) as answer;
    perform tap.become_role(v_role, v_claims);
    return v_answer;
end;
$$;

-- A visit with a tap on the phone link; gives the card.
create function tap.lead(
    session text,
    gclid text default null,
    age interval default '1 minute',
    site text default 'acme',
    query text default '',
    action text default 'phone_call'
) returns uuid
language plpgsql
as $$
declare
    v_answer jsonb;
begin
    v_answer := tap.send(
        session,
        jsonb_build_array(tap.event('page_view', age + interval '20 seconds'), tap.event(action, age, 'tel:0532 111 22 33')),
        site,
        'https://' || site || '.example/?' || concat_ws('&', 'gclid=' || gclid, query)
    );
    if v_answer ->> 'status' <> 'stored' then
        raise exception 'no lead: %', v_answer;
    end if;
    return tap.card(session, site);
end;
$$;

-- The newest card of a session.
create function tap.card(session text, site text default 'acme') returns uuid
language sql
stable
security definer
set search_path = ''
as $$
    select calls.id from app.calls
    where calls.site_id = tap.site(card.site) and calls.session_id = tap.session(card.session)
    order by calls.tapped_at desc, calls.created_at desc, (calls.status = 'intent') desc
    limit 1;
$$;

create function tap.version(call_id uuid) returns integer
language sql
stable
security definer
set search_path = ''
as $$
    select calls.version from app.calls where calls.id = call_id;
$$;

-- The plan of a query for the role that asks.
create function tap.plan_of(query text) returns jsonb
language plpgsql
as $$
declare
    v_plan jsonb;
begin
    execute 'explain (format json, costs off) ' || query into v_plan;
    return v_plan;
end;
$$;

-- How many rows a statement touches for the one who asks.
create function tap.rows_of(statement text) returns bigint
language plpgsql
as $$
declare
    v_count bigint;
begin
    execute statement;
    get diagnostics v_count = row_count;
    return v_count;
end;
$$;

-- What becomes of a statement when that person (or role) runs it: rows touched, or the SQLSTATE.
create function tap.outcome(name text, statement text) returns text
language plpgsql
as $$
declare
    v_count bigint;
    v_outcome text;
begin
    if tap.person(name) is not null then
        perform tap.become(name);
    else
        perform tap.become_role(name);
    end if;
    begin
        execute statement;
        get diagnostics v_count = row_count;
        v_outcome := v_count;
    exception when others then
        v_outcome := sqlstate;
    end;
    perform tap.become_nobody();
    return v_outcome;
end;
$$;

-- Judges a card as whoever asks: its new status, or the conflict, or the error with its code.
create function tap.judge(
    action text, call_id uuid, version integer default null, amount numeric default 100, note text default null, currency text default 'TRY'
) returns text
language plpgsql
as $$
declare
    v_version integer := coalesce(judge.version, tap.version(call_id), 1);
    v_card app.card;
begin
    perform set_config('response.status', '', true);
    case action
        when 'seal' then v_card := api.seal(call_id, amount, currency, v_version, note);
        when 'amend' then v_card := api.amend(call_id, v_version, amount, note);
        when 'junk' then v_card := api.junk(call_id, v_version, note);
        when 'restore' then v_card := api.restore(call_id, v_version, note);
        when 'cancel' then v_card := api.cancel(call_id, v_version, note);
        when 'undo' then v_card := api.undo(call_id, v_version);
    end case;
    if (v_card.conflict is null) <> (coalesce(current_setting('response.status'), '') = '') then
        raise exception 'a conflict is a 409 and nothing else is';
    end if;
    return coalesce(v_card.conflict, v_card.status);
exception when others then
    if sqlstate not like 'PT%' then
        raise;
    end if;
    return sqlstate || ' ' || sqlerrm;
end;
$$;
