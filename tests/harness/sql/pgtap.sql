-- Only databases of tests hold pgTAP. It calls itself unqualified: its schema is the search_path.
create schema tap;
create extension pgtap with schema tap;
grant usage on schema tap to public;
-- The extension's functions belong to the superuser, whose defaults let everybody execute them.
