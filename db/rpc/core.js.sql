create function api."core.js"() returns api."*/*"
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_script ops.scripts;
    v_tag text;
    v_headers jsonb;
begin
    select scripts.* into v_script from ops.scripts where scripts.name = 'core.js';
    if v_script.name is null then
        perform access.refuse(404, '[{"Content-Type": "text/plain"}, {"Cache-Control": "no-store"}]');
        return 'The deploy found no tracker/core.js.' || chr(10);
    end if;
    v_tag := '"' || v_script.digest || '"';
    v_headers := jsonb_build_array(
        jsonb_build_object('Cache-Control', 'public, max-age=300'),
        jsonb_build_object('ETag', v_tag),
        -- Pages of other origins load it, also with an integrity attribute or under COEP.
        jsonb_build_object('Cross-Origin-Resource-Policy', 'cross-origin'),
        jsonb_build_object('X-Content-Type-Options', 'nosniff')
    );
    -- A proxy that compresses makes the tag a weak one.
    if replace(coalesce(access.header('if-none-match'), ''), 'W/', '') = v_tag then
        perform access.refuse(304, v_headers);
        return null;
    end if;
    perform access.refuse(200, v_headers || '[{"Content-Type": "text/javascript; charset=utf-8"}]');
    return v_script.body;
end;
$$;

comment on function api."core.js"() is
$$The tracker, for those without a static host: <script defer src=".../rpc/core.js" data-site="...">.

The file tracker/core.js as the last deploy found it, with ETag; 304 for who has it. Not compressed: a proxy does
that.$$;

grant execute on function api."core.js"() to anon;
