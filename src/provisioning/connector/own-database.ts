// How Provost's own database is known under any name: a system that writes to it could change whatever Provost is.

/** When the server started, and the database's number on it: no two running databases share both. */
export const DATABASE_IDENTITY = `
  select extract(epoch from pg_postmaster_start_time()) || ' ' || oid as identity
  from pg_database
  where datname = current_database()`;

export const OWN_DATABASE = "This is Provost's own database. Enter the one that holds the accounts";
