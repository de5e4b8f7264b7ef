-- What pg_cron runs of ours in this database.
select jobname as name from cron.job
where jobname like 'opsmantik %%' and database = current_database()
order by jobname
