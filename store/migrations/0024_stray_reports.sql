-- Reports that name nobody of the base: an erasure looks through them for the address, and they are few.
create index delivery_reports_stray on delivery_reports (at) where contact_id is null;
