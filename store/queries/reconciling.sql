-- name: open_groups
select id, workflow_id from groups where ended_at is null order by id

-- name: known
select workflow_id from groups where workflow_id = any(%(workflows)s)

-- name: skip_numbers
-- Numbers that were given after the instant of the backup are never given again.
select setval(format('%%I.%%I', schemaname, sequencename)::regclass, coalesce(last_value, 1) + %(gap)s)
from pg_sequences
where schemaname = current_schema() and max_value > coalesce(last_value, 1) + 2 * %(gap)s::bigint
