create function ops.rotate_site_key(site_id uuid, good_for interval, reason text) returns text
language plpgsql
set search_path = ''
as $$
declare
    v_site app.sites := access.lock_site(site_id);
begin
    if v_site.previous_key_until > now() then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('The key before the present one is good until %s; a second rotation would end it now.',
                v_site.previous_key_until),
            hint = 'Wait until then, or end it first: pyctl site end-old-key.';
    end if;
    update app.sites set
        public_key = default,
        previous_key = case when good_for > interval '0' then v_site.public_key end,
        previous_key_until = case when good_for > interval '0' then now() + good_for end
    where sites.id = rotate_site_key.site_id
    returning sites.* into v_site;
    perform ops.record_act(
        'site_rotate_key', site_id::text, reason, jsonb_build_object('previous_key_until', v_site.previous_key_until),
        site_id
    );
    return v_site.public_key;
end;
$$;

comment on function ops.rotate_site_key(uuid, interval, text) is
'A new key for a site''s script tag, for pyctl. The old one is good for a while longer: tags in the wild carry it.';
