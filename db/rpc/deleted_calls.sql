create function api.deleted_calls(site_id uuid, page_size integer default 50, cursor text default null)
returns setof app.card
language plpgsql
stable
set search_path = ''
as $$
declare
    v_place record;
    v_ids uuid[];
begin
    perform access.require_role(site_id, 'editor');
    perform access.require_page_size(page_size);
    v_place := access.place_of(cursor);
    v_ids := array(
        select calls.id from app.calls
        where calls.site_id = deleted_calls.site_id and calls.deleted_at is not null
            and (v_place.id is null or (calls.received_at, calls.id) < (v_place.at, v_place.id))
        order by calls.received_at desc, calls.id desc
        limit page_size
    );
    return query select card.* from access.cards(site_id, v_ids) as card;
end;
$$;

comment on function api.deleted_calls(uuid, integer, text) is
$$The deleted cards of a site, newest lead first: what undelete_call takes.

page_size 1-200. For the next page pass the cursor of the last card. 404 site_not_found. 403 editor_required.
400 invalid_page_size, invalid_cursor.$$;

grant execute on function api.deleted_calls(uuid, integer, text) to authenticated;
