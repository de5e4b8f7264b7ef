create function app.stats_dimensions() returns text[]
language sql
immutable
parallel safe
return array[
    'attribution', 'campaign', 'city', 'device', 'district', 'keyword', 'landing_page', 'matchtype', 'network', 'os',
    'source'
];

comment on function app.stats_dimensions() is
'What dashboard_breakdown breaks down by. A new one is in the rollups after a rebuild: see ops.rebuild_stats.';
grant execute on function app.stats_dimensions() to authenticated;
