-- An import goes on where it stopped only under the catalog by which its rows were found good.
alter table imports add column catalog text not null default '';

-- Nothing has to be asked of the row where its person is new: no two consents about one thing, none that rests on a sale.
alter table import_rows add column plain boolean not null default false;
