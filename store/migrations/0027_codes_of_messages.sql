-- By which the codes of a message come back when its place is given up, however many codes there are.
create index codes_message on codes (message_id) where message_id is not null;
