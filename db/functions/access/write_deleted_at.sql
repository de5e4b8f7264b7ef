create function access.write_deleted_at(site_id uuid, call_id uuid, is_deleted boolean) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform access.require_role(site_id, 'editor');
    update app.calls set deleted_at = case when is_deleted then now() end
    where calls.site_id = write_deleted_at.site_id and calls.id = call_id;
end;
$$;

comment on function access.write_deleted_at(uuid, uuid, boolean) is
'The one writer of calls.deleted_at, which operators have no grant on. Checks membership itself. '
'Raises as access.require_role.';
grant execute on function access.write_deleted_at(uuid, uuid, boolean) to authenticated;
