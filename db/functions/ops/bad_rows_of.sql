create function ops.bad_rows_of(site_id uuid, person app.person, until timestamptz) returns setof bigint
language sql
stable
set search_path = ''
as $$
    -- What could not be read is text: a name in it is looked for as text.
    select bad_rows.id from ops.bad_rows
    where bad_rows.site_id = bad_rows_of.site_id and bad_rows.received_at <= until and (
        lower(substring(bad_rows.payload from '"s"\s*:\s*"([0-9A-Fa-f-]{36})"'))
        = any ((bad_rows_of.person).session_ids::text[])
        or exists (
            select from unnest((bad_rows_of.person).visitor_ids) as name
            where length(name) >= 6 and strpos(bad_rows.payload, name) > 0
        )
        -- However it is written, with a country's code or without; but not the number that a link dials: who writes
        -- Tel: before theirs leaves a blank.
        or exists (
            select from unnest((bad_rows_of.person).phones) as phone
            cross join lateral (select right(phone, greatest(6, length(phone) - 4)) as digits) as last
            where case when strpos(translate(bad_rows.payload, ' -()./', ''), last.digits) > 0 then strpos(
                translate(regexp_replace(
                    bad_rows.payload, '((tel|callto|whatsapp):(?! )|wa\.me/|[?&]phone=)[^"]*', '', 'gi'
                ), ' -()./', ''),
                last.digits
            ) > 0 end
        )
        or substring(bad_rows.payload from '"f"\s*:\s*"([^"]{1,64})"') = any ((bad_rows_of.person).visitor_ids)
    );
$$;

comment on function ops.bad_rows_of(uuid, app.person, timestamptz) is 'The bad rows in which a person stands.';
grant execute on function ops.bad_rows_of(uuid, app.person, timestamptz) to app_definer;
