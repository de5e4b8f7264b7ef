create function api.create_site(name text, domain text, settings jsonb default '{}') returns app.site_settings
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_site app.sites;
    v_user_id uuid := access.user_id();
begin
    if not access.is_admin() then
        if (select who_creates_sites from ops.settings) <> 'anyone' then
            raise sqlstate 'PT403' using message = 'admin_required',
                detail = 'Here only admins add sites.', hint = 'Ask the operator of this installation.';
        end if;
        perform access.require_person();
        perform pg_advisory_xact_lock(hashtextextended('creator:' || v_user_id, 0));
        if (
            select count(*) from app.site_members
            where site_members.user_id = v_user_id and site_members.role = 'owner'
        ) >= 50 then
            raise sqlstate 'PT409' using message = 'too_many_sites', detail = 'You own 50 sites.',
                hint = 'Ask the operator of this installation.';
        end if;
    end if;
    v_site := access.with_settings(
        null, jsonb_build_object('name', create_site.name, 'domain', create_site.domain)
    );
    insert into app.sites (name, domain) values (v_site.name, v_site.domain) returning sites.* into v_site;
    perform access.write_audit(
        v_site.id, 'insert', 'site', v_site.id, null, jsonb_build_object('name', v_site.name, 'domain', v_site.domain)
    );
    if settings <> '{}' then
        v_site := access.write_site(access.with_settings(v_site, settings));
    end if;
    insert into app.site_members (site_id, user_id, role) values (v_site.id, v_user_id, 'owner');
    return app.site_settings(v_site);
end;
$$;

comment on function api.create_site(text, text, jsonb) is
$$Adds a site, which you then own. settings: those of update_site. For admins, unless the installation lets
everybody.

403 admin_required, sign_in_required, person_required.
400 invalid_setting, unknown_setting, invalid_settings, invalid_time_zone. 409 too_many_sites.$$;

grant execute on function api.create_site(text, text, jsonb) to authenticated;
