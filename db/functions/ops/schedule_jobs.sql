create function ops.schedule_jobs() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_job record;
    v_id bigint;
    v_count bigint := 0;
begin
    for v_job in select jobs.name, jobs.cron, jobs.is_enabled from ops.jobs order by jobs.name loop
        if v_job.is_enabled then
            v_id := cron.schedule('opsmantik ' || v_job.name, v_job.cron, format('call ops.run_job(%L)', v_job.name));
            -- it leaves a line switched off that was
            perform cron.alter_job(v_id, active => true);
            v_count := v_count + 1;
        end if;
    end loop;
    perform cron.unschedule(job.jobid)
    from cron.job
    where job.jobname like 'opsmantik %' and not exists (
        select from ops.jobs where jobs.is_enabled and 'opsmantik ' || jobs.name = job.jobname
    );
    return v_count;
end;
$$;

comment on function ops.schedule_jobs() is
'Registers ops.jobs in pg_cron, switched on, and removes what is no longer there. Needs the extension in this '
'database.';
