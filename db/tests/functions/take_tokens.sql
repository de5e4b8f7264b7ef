begin;
select no_plan();

select is(ops.take_tokens('one', 10, 60, 10), 0, 'a new bucket is full');
select cmp_ok(ops.take_tokens('one', 1, 60, 10), '>=', 1, 'an empty one says how long to wait');
select is(ops.take_tokens('other', 1, 60, 10), 0, 'another bucket is another');
select is(
    (select tokens::integer from ops.rate_buckets where key = 'one'), 0, 'a refusal takes nothing'
);
update ops.rate_buckets set refilled_at = refilled_at - interval '5 seconds' where key = 'one';
select is(ops.take_tokens('one', 5, 60, 10), 0, 'it refills with time');
select cmp_ok(ops.take_tokens('one', 5, 60, 10), '>', 0, 'but not more than the time gives');
update ops.rate_buckets set refilled_at = refilled_at - interval '1 day' where key = 'one';
select cmp_ok(ops.take_tokens('one', 11, 60, 10), '>', 0, 'and never over its size');
select is(ops.take_tokens('one', 10, 60, 10), 0, 'up to its size it gives');
update ops.rate_buckets set refilled_at = refilled_at + interval '1 hour' where key = 'one';
select lives_ok($$select ops.take_tokens('one', 1, 60, 10)$$, 'a clock that went back breaks nothing');
select is((select tokens::integer from ops.rate_buckets where key = 'one'), 0, 'and gives nothing');
select is(ops.take_tokens('wait', 30, 60, 60), 0, 'half of a bucket');
select is(ops.take_tokens('wait', 60, 60, 60), 30, 'the wait is what is missing, in seconds');

select * from finish();
rollback;
