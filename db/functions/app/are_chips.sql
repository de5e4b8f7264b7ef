create function app.are_chips(chips jsonb) returns boolean
language sql
immutable
set search_path = ''
as $$
    select case when jsonb_typeof(chips) = 'array' and jsonb_array_length(chips) <= 24 then not exists (
        select from jsonb_array_elements(chips) as chip (said)
        where case when jsonb_typeof(chip.said) = 'object' then
            jsonb_typeof(chip.said -> 'label') is distinct from 'string'
            or length(chip.said ->> 'label') not between 1 and 40
            or chip.said - array['label', 'amount', 'note'] <> '{}'
            or coalesce(jsonb_typeof(chip.said -> 'note') <> 'string' or length(chip.said ->> 'note') > 200, false)
            or coalesce(
                jsonb_typeof(chip.said -> 'amount') <> 'number'
                or chip.said ->> 'amount' !~ '^[0-9]{1,10}(\.[0-9]{1,2})?$', false
            )
        else true end
    ) else false end;
$$;

comment on function app.are_chips(jsonb) is
'Whether they are the quick choices of a lead card: each a label, and perhaps the amount and the '
'note that a tap on it fills in.';
grant execute on function app.are_chips(jsonb) to app_definer;
