create function app.score_breakdown(signals text[]) returns jsonb
language sql
immutable
parallel safe
return (
    select
        jsonb_build_object(
            'signals', coalesce(jsonb_object_agg(signal, app.signal_points(signal)), '{}'),
            'total', app.score(signals)
        )
    from unnest(signals) as signal
);

comment on function app.score_breakdown(text[]) is
'Why a score is what it is: points per signal, and their capped total.';
grant execute on function app.score_breakdown(text[]) to app_definer;
