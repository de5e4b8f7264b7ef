create function app.partition_options(parent text, month date) returns text[]
language sql
stable
set search_path = ''
begin atomic
    select case
        -- Nothing comes any more: an event is at most a week old when it arrives, a visit lasts a day at most. The
        -- next autovacuum freezes the month wholly, and later ones skip it.
        when month < (date_trunc('month', (now() at time zone 'UTC') - interval '9 days'))::date
            then '{autovacuum_freeze_min_age=0,autovacuum_freeze_table_age=0,'
                'autovacuum_vacuum_insert_scale_factor=0,autovacuum_vacuum_insert_threshold=0}'
        -- Only ever added to: visibility map and statistics keep up with a month that grows by millions.
        when parent = 'app.events'
            then '{autovacuum_analyze_scale_factor=0.02,autovacuum_vacuum_insert_scale_factor=0.05}'
        -- Updated by each batch of a visit: with room left in its page no index hears of it.
        else '{fillfactor=85,autovacuum_analyze_scale_factor=0.02,autovacuum_vacuum_insert_scale_factor=0.05,'
            'autovacuum_vacuum_scale_factor=0.05}'
    end::text[];
end;

comment on function app.partition_options(text, date) is
'How autovacuum treats a month of app.sessions or app.events; the default partition (month null) '
'as one that is written to.';
