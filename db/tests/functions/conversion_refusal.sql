begin;
select no_plan();

select is(app.conversion_refusal(denied, kind, click, now() - age::interval, amount, 85), want, why)
from (
    values
    (false, 'gclid', 'Cj0KCQ-abc_1.2', '1 day', 1.00, null, 'a plain sale is exported'),
    (false, 'gbraid', 'abc', '1 day', 1.00, null, 'gbraid too'),
    (false, 'wbraid', 'abc', '1 day', 1.00, null, 'wbraid too'),
    (true, 'gclid', 'abc', '1 day', 1.00, 'no_marketing_consent', 'consent stands against it'),
    (true, null, null, null, null, 'no_marketing_consent', 'consent is said first'),
    (false, null, null, null, 1.00, 'no_click_id', 'no click id'),
    (false, 'msclkid', 'abc', '1 day', 1.00, 'other_platform', 'a click of Microsoft'),
    (false, 'fbclid', 'abc', '1 day', 1.00, 'other_platform', 'a click of Meta'),
    (false, 'gclid', 'abc%2Fdef', '1 day', 1.00, 'invalid_click_id', 'percent in the id'),
    (false, 'gclid', 'abc def', '1 day', 1.00, 'invalid_click_id', 'a blank in the id'),
    (false, 'gclid', 'abc ', '1 day', 1.00, 'invalid_click_id', 'a trailing blank'),
    (false, 'gclid', '=cmd()', '1 day', 1.00, 'invalid_click_id', 'a formula'),
    (false, 'gclid', E'abc\ndef', '1 day', 1.00, 'invalid_click_id', 'a newline'),
    (false, 'gclid', E'abc\n', '1 day', 1.00, 'invalid_click_id', 'a newline at the end'),
    (false, 'gclid', repeat('x', 400), '1 day', 1.00, 'invalid_click_id', '400 characters'),
    (false, 'gclid', repeat('x', 257), '1 day', 1.00, 'invalid_click_id', '257 characters'),
    (false, 'gclid', repeat('x', 256), '1 day', 1.00, null, '256 characters are fine'),
    (false, 'gclid', 'abc', null, 1.00, 'no_click_time', 'a click without time'),
    (false, 'gclid', 'abc', '85 days', 1.00, null, 'a click 85 days old'),
    (false, 'gclid', 'abc', '86 days', 1.00, 'click_too_old', 'a click 86 days old'),
    (false, 'gclid', 'abc', '1 day', 0, 'no_amount', 'nothing was paid'),
    (false, 'gclid', 'abc', '1 day', null, 'no_amount', 'no amount was said'),
    (false, 'gclid', 'abc', '1 day', 0.01, null, 'a cent is a sale')
) as example (denied, kind, click, age, amount, want, why);

select * from finish();
rollback;
