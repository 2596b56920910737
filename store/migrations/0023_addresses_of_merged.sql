-- Whom an address leads to that somebody had who was merged since. A merge that is undone keeps none.

create index merges_email on merges (lower(data -> 'loser' ->> 'email')) where data -> 'loser' ->> 'email' is not null;
create index merges_phone on merges ((data -> 'loser' ->> 'phone')) where data -> 'loser' ->> 'phone' is not null;
