//! The whole server on a platform's database.
