create function access.send_sheet(name text, site_id uuid, since timestamptz, until timestamptz) returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_site app.sites;
begin
    select sites.* into strict v_site from app.sites where sites.id = send_sheet.site_id;
    perform access.refuse(200, jsonb_build_array(
        jsonb_build_object('Content-Type', 'text/csv; charset=utf-8'),
        -- Names of hosts and days need no quoting.
        jsonb_build_object('Content-Disposition', format(
            'attachment; filename="%s_%s_%s_%s.csv"', name, v_site.domain,
            to_char(since at time zone v_site.time_zone, 'YYYY-MM-DD'),
            to_char((until - interval '1 microsecond') at time zone v_site.time_zone, 'YYYY-MM-DD')
        )),
        jsonb_build_object('Access-Control-Expose-Headers', 'Content-Disposition'),
        jsonb_build_object('Cache-Control', 'no-store')
    ));
end;
$$;

comment on function access.send_sheet(text, uuid, timestamptz, timestamptz) is
'Headers of a download: CSV, with the name of the file.';
grant execute on function access.send_sheet(text, uuid, timestamptz, timestamptz) to authenticated;
