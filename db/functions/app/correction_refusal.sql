create function app.correction_refusal(base app.conversions) returns text
language sql
stable
set search_path = ''
as $$
    select case
        when base.click_id_type = 'wbraid' then 'wbraid_not_adjustable'
        when base.occurred_at < now() - interval '54 days' then 'too_old_to_adjust'
    end;
$$;

comment on function app.correction_refusal(app.conversions) is
'Why a conversion can not be corrected at the platform any more; null where it can. GOOGLE_OCI, Windows.';
grant execute on function app.correction_refusal(app.conversions) to app_definer;
