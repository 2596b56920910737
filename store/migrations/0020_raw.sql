-- By which what providers said word for word, and what people answered, is found once its time is over.
create index delivery_reports_raw on delivery_reports (at) where raw - 'MessageSid' <> '{}';
create index events_answers on events (at) where name = 'message.replied' and properties ? 'text';
