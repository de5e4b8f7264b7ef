create schema reporting;

comment on schema reporting is 'Views for analysts, by direct SQL. RLS applies by login: access.analyst_site_ids(session_user).';
grant usage on schema reporting to analyst;
