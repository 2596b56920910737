-- name: people
-- Birthdays fall evenly on 20,000 days; one in six lives in Belgium, one in six in Switzerland.
insert into contacts (id, email, locale, attributes, created_at, updated_at)
select 's_' || lpad(n::text, 8, '0'), 's_' || n || '@example.com', 'fr',
  jsonb_build_object(
    'first_name', 'Ada', 'country', (array['FR', 'FR', 'FR', 'FR', 'BE', 'CH'])[1 + mod(n, 6)],
    'birthdate', date '1950-01-01' + mod(n::bigint * 7919, 20000)::integer,
    'points', mod(n, 500), 'tier', (array['bronze', 'silver', 'gold'])[1 + mod(n, 3)]),
  %(now)s, %(now)s
from generate_series(1, %(people)s) n

-- name: orders
-- Every fourth has ordered, half of them long ago.
insert into events (source, id, name, contact_id, at, properties, recorded_at)
select 'shop', 'o_' || n, 'order.placed', 's_' || lpad((n * 4)::text, 8, '0'),
  %(now)s - make_interval(days => 1 + mod(n, 730)),
  jsonb_build_object('order_id', 'o_' || n, 'total', mod(n, 900)), %(now)s
from generate_series(1, %(people)s / 4) n

-- name: by_hand
-- The segment `vip` as somebody who knows the tables writes it.
select count(*) as people from contacts c
where erased_at is null and (attributes ->> 'tier' = 'gold' or (
  select sum((properties ->> 'total')::numeric) from events e
  where e.contact_id = c.id and e.name = 'order.placed' and e.at >= %(since)s) >= 500)
