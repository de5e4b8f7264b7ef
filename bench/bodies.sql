-- Batches of one event, ready to be sent, and who may send them.
create schema bench;
create sequence bench.turn;
create table bench.bodies (n bigint primary key, headers text not null, body text not null);
grant usage on schema bench to anon;
grant select on bench.bodies to anon;
grant usage on sequence bench.turn to anon;
