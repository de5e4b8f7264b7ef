create function api.deleted_calls(site_id uuid, page_size integer default 50, cursor text default null)
returns setof app.card
language plpgsql
stable
set search_path = ''
as $$
declare
    v_cursor text[];
begin
    perform access.require_role(site_id, 'editor');
    if page_size is null or page_size not between 1 and 200 then
        raise sqlstate 'PT400' using message = 'invalid_page_size', hint = 'Use 1 to 200.';
    end if;
    if cursor is not null then
        v_cursor := regexp_match(cursor,
            '^([0-9]{1,17})\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$');
        if v_cursor is null then
            raise sqlstate 'PT400' using message = 'invalid_cursor',
                hint = 'Pass the cursor of the last card you have.';
        end if;
    end if;
    return query
    select card.*
    from (
        select calls.*
        from app.calls
        where calls.site_id = deleted_calls.site_id and calls.deleted_at is not null
            and (
                v_cursor is null
                or (calls.received_at, calls.id)
                < (timestamptz 'epoch' + v_cursor[1]::bigint * interval '1 microsecond', v_cursor[2]::uuid)
            )
        order by calls.received_at desc, calls.id desc
        limit page_size
    ) as call
    cross join lateral app.card(call) as card
    order by call.received_at desc, call.id desc;
end;
$$;

comment on function api.deleted_calls(uuid, integer, text) is
$$The deleted cards of a site, newest lead first: what undelete_call takes.

page_size 1-200. For the next page pass the cursor of the last card. 404 site_not_found. 403 editor_required.
400 invalid_page_size, invalid_cursor.$$;

grant execute on function api.deleted_calls(uuid, integer, text) to authenticated;
