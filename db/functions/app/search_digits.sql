create function app.search_digits(search text) returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
    select nullif(ltrim(regexp_replace(replace(number.said, '(0)', ''), '[^0-9]', '', 'g'), '0'), '')
    from (
        select case
            when said.search ~* '[?&]phone=' then substring(said.search from '(?i)[?&]phone=(?:%2B)?([^&#]*)')
            else substring(said.search from '(?i)^(?:(?:tel|callto|whatsapp|wa):|(?:https?://)?wa\.me/)?(.*)$')
        end as said
        from (
            -- Programs hand a number over between marks of direction that nobody sees.
            select btrim(regexp_replace(
                normalize(search_digits.search, nfkc), '[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]', '', 'g'
            )) as search
        ) as said
    ) as number
    -- Nothing but a number, with the blanks and dashes of any keyboard.
    where number.said ~ '^[-+()./\s0-9\u2010-\u2015\u2212]+$';
$$;

comment on function app.search_digits(text) is
'The digits of a searched telephone number without leading zeros, however it is written, also in a link; null for what '
'is none: 0532 111 22 33 finds +905321112233.';
grant execute on function app.search_digits(text) to authenticated;
