create function ops.auto_approve() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_site_id uuid;
    v_done bigint := 0;
begin
    for v_site_id in
        select sites.id from app.sites where sites.auto_approve and sites.deleted_at is null order by sites.id
    loop
        begin
            v_done := v_done + ops.approve_stale(v_site_id);
        exception when others then
            -- One site's trouble stops no other's approvals.
            raise warning 'auto-approval at site %: % %', v_site_id, sqlstate, sqlerrm;
        end;
        exit when v_done >= 100;
    end loop;
    return v_done;
end;
$$;

comment on function ops.auto_approve() is
'Job: confirms stale cards that look real, where the site wants it; at most 100 a site, and no further site after '
'100. Returns how many; the job calls again until there are none.';
