-- After a pause what was held does not leave at once: from `share` of the pace at `began_at` to all of it `seconds`
-- of real time later. Kind and name are those of the pause that ended.
create table ramps (
  kind     text not null check (kind in ('scenario', 'channel', 'all')),
  name     text not null,
  began_at timestamptz not null,
  seconds  double precision not null check (seconds > 0),
  share    double precision not null check (share > 0 and share <= 1),
  primary key (kind, name)
);
