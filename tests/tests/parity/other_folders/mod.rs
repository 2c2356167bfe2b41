//! Folders other than the built-in one: networks of other sizes, written for a test with what plain arithmetic says of
//! them.

mod checks;
mod draft;
mod networks;
mod plain;
