create function access.site_of_card(call_id uuid) returns uuid
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    -- Under row security a card that is not there would be known by the work that its policy saves.
    v_site_id uuid := coalesce(
        (select calls.site_id from app.calls where calls.id = site_of_card.call_id),
        '00000000-0000-0000-0000-000000000000'
    );
begin
    return case when access.role_on(v_site_id) is not null then v_site_id end;
end;
$$;

comment on function access.site_of_card(uuid) is
'The site of a card, deleted or not, where the asker is a member; null, after the same work, for a neighbour''s and '
'for one that never was.';
grant execute on function access.site_of_card(uuid) to authenticated;
