create procedure ops.run_job(job text)
language plpgsql
as $$
declare
    v_function text;
    v_repeats boolean;
    v_until timestamptz;
    v_run_id bigint;
    v_step bigint;
    v_done bigint;
    v_error text;
begin
    select jobs.function, jobs.repeats, pg_catalog.clock_timestamp() + jobs.time_limit / 2
    into v_function, v_repeats, v_until
    from ops.jobs where jobs.name = job;
    if v_function is null then
        raise sqlstate 'PT404' using message = 'job_not_found', hint = 'pyctl jobs list shows them.';
    end if;
    -- Single flight, over all who run jobs. A session lock: it must outlive the commits below.
    if not pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('job:' || job, 0)) then
        return;
    end if;
    insert into ops.job_runs (job) values (run_job.job) returning job_runs.id into v_run_id;
    commit;
    loop
        begin
            execute pg_catalog.format(
                'select %I.%I()', pg_catalog.split_part(v_function, '.', 1), pg_catalog.split_part(v_function, '.', 2)
            ) into v_step;
            v_done := coalesce(v_done, 0) + v_step;
        exception when query_canceled or others then
            v_error := sqlstate || ': ' || sqlerrm;
        end;
        exit when v_error is not null or not v_repeats or v_step = 0 or pg_catalog.clock_timestamp() > v_until;
        commit;
    end loop;
    update ops.job_runs set
        finished_at = pg_catalog.clock_timestamp(),
        outcome = case when v_error is null then 'ok' else 'failed' end,
        done = v_done,
        error = pg_catalog.left(v_error, 2000)
    where job_runs.id = v_run_id;
    commit;
    perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended('job:' || job, 0));
end;
$$;

comment on procedure ops.run_job(text) is
'Runs one job: single flight, recorded before and after. A failed run is a row with its error, '
'not an exception. The caller sets statement_timeout to the job''s limit. Commits, so it can not '
'pin search_path: every name in it is qualified.';
