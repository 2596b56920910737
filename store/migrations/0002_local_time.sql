-- Local time as the language means it, for conditions that are asked of the whole base at once.

-- The instant at which clocks in `zone` show `local`: where they show it twice, the first; where they never
-- do, the first instant after the gap. `at time zone` alone decides otherwise in both cases.
create function instant_of(local timestamp, zone text) returns timestamptz
language plpgsql stable strict parallel safe as $$
declare
  earlier timestamptz := (local at time zone 'UTC')
    - ((((local at time zone 'UTC') - interval '1 day') at time zone zone)
       - (((local at time zone 'UTC') - interval '1 day') at time zone 'UTC'));
  later timestamptz := (local at time zone 'UTC')
    - ((((local at time zone 'UTC') + interval '1 day') at time zone zone)
       - (((local at time zone 'UTC') + interval '1 day') at time zone 'UTC'));
  low timestamptz := least(earlier, later);
  high timestamptz := greatest(earlier, later);
  middle timestamptz;
  before interval;
begin
  if low at time zone zone = local then return low; end if;
  if high at time zone zone = local then return high; end if;
  before := (low at time zone zone) - (low at time zone 'UTC');
  low := date_trunc('second', low);
  high := date_trunc('second', high);
  while high - low > interval '1 second' loop
    middle := date_trunc('second', low + (high - low) / 2);
    if (middle at time zone zone) - (middle at time zone 'UTC') = before then low := middle; else high := middle; end if;
  end loop;
  return high;
end $$;

-- The anniversary of a day in one year; `leap` says where 29 February falls in the other years.
create function anniversary_in(day date, year integer, leap text) returns date
language sql immutable strict parallel safe as $$
  select case
    when extract(month from day) = 2 and extract(day from day) = 29
      and not (year % 4 = 0 and (year % 100 <> 0 or year % 400 = 0))
    then make_date(year, left(leap, 2)::integer, right(leap, 2)::integer)
    else make_date(year, extract(month from day)::integer, extract(day from day)::integer)
  end
$$;

-- A date that JSON holds as text; unknown where it is none.
create function json_date(value jsonb) returns date
language sql immutable strict parallel safe as $$
  select case
    when jsonb_typeof(value) = 'string'
      and value #>> '{}' ~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
    then case
      when substr(value #>> '{}', 9, 2)::integer <= extract(day from
        make_date(substr(value #>> '{}', 1, 4)::integer, substr(value #>> '{}', 6, 2)::integer, 1)
        + interval '1 month - 1 day')
      then make_date(substr(value #>> '{}', 1, 4)::integer, substr(value #>> '{}', 6, 2)::integer,
        substr(value #>> '{}', 9, 2)::integer)
    end
  end
$$;
