create function ops.create_site(
    name text, domain text, owner_email text, settings jsonb, reason text,
    out id uuid, out public_key text, out is_invited boolean
) returns record
language plpgsql
set search_path = ''
as $$
declare
    v_email text := access.valid_email(owner_email);
    v_owner uuid;
    v_site app.sites;
begin
    v_site := access.with_settings(null, jsonb_build_object('name', create_site.name, 'domain', create_site.domain));
    insert into app.sites (name, domain) values (v_site.name, v_site.domain) returning sites.* into v_site;
    if settings <> '{}' then
        v_site := access.write_site(access.with_settings(v_site, settings));
    end if;
    perform ops.record_act('site_create', v_site.id::text, reason, '{}', v_site.id);
    select profiles.id into v_owner from app.profiles
    where profiles.email = v_email and profiles.issuer = 'opsmantik';
    if v_owner is null then
        perform access.write_invitation(v_site.id, v_email, 'owner', null);
    else
        insert into app.site_members (site_id, user_id, role) values (v_site.id, v_owner, 'owner');
    end if;
    id := v_site.id;
    public_key := v_site.public_key;
    is_invited := v_owner is null;
end;
$$;

comment on function ops.create_site(text, text, text, jsonb, text) is
'Adds a customer''s site, for pyctl. Who has that address becomes its owner; who has no account yet gets an '
'invitation. Raises as access.with_settings and access.valid_email.';
