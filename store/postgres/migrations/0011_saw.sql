-- Up Migration
-- What a check of a whole window saw, in words (39 rows, at least 100), whether it holds or not; and of which class an error was.

alter table weir.check_results add column saw text;
alter table weir.runs add column error_type text;
