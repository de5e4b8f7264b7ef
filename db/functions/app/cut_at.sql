create function app.cut_at(
    whole tstzmultirange, edges timestamptz[], out froms timestamptz[], out untils timestamptz[], out buckets integer[]
)
language plpgsql
immutable
set search_path = ''
as $$
begin
    select array_agg(piece.since), array_agg(piece.until), array_agg(piece.bucket) into froms, untils, buckets
    from (
        select
            greatest(lower(part), edges[edge.n]) as since, least(upper(part), edges[edge.n + 1]) as until,
            edge.n as bucket
        from unnest(whole) as part
        join generate_series(1, cardinality(edges) - 1) as edge (n)
            on lower(part) < edges[edge.n + 1] and upper(part) > edges[edge.n]
        order by since
    ) as piece;
end;
$$;

comment on function app.cut_at(tstzmultirange, timestamptz[]) is
'The pieces of some time between edges, in order, and between which two each lies.';
grant execute on function app.cut_at(tstzmultirange, timestamptz[]) to authenticated;
