create function app.host_in(host text, domains text[]) returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
    v_domain text;
begin
    -- A loop, not a query: this runs several times for each batch.
    foreach v_domain in array domains loop
        if host = v_domain or right(host, length(v_domain) + 1) = '.' || v_domain then
            return true;
        end if;
    end loop;
    return false;
end;
$$;

comment on function app.host_in(text, text[]) is
'Whether a host is one of the domains or below one. Matched as a host: netflix.com is not x.com.';
grant execute on function app.host_in(text, text[]) to authenticated, app_definer;
