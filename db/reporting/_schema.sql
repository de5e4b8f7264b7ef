create schema reporting;

comment on schema reporting is 'Views for analysts, by direct SQL. The first view brings their grants and policies: access.analyst_site_ids(session_user).';
grant usage on schema reporting to analyst;
