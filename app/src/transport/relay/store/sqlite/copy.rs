//! Reading a copy of a relay's database, such as a stolen one.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::tables::known_name;
use crate::transport::relay::store::{Mail, StoreError};

/// The envelopes that wait in a relay's database, oldest first, read from a copy
/// of it, which is not changed.
///
/// # Errors
/// [`StoreError`] if it is no relay's database.
pub fn read_copy(path: &Path) -> Result<Vec<Mail>, StoreError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let database = if Path::new(&log).exists() {
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?
    } else {
        // A copy without its log: SQLite must not look for one, nor make one.
        let path: String = path
            .to_string_lossy()
            .chars()
            .map(|c| match c {
                '%' | '?' | '#' => format!("%{:02x}", u32::from(c)),
                c => c.to_string(),
            })
            .collect();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)?
    };
    let mut query = database.prepare(
        "SELECT sender, recipient, envelope FROM mail WHERE envelope IS NOT NULL ORDER BY place",
    )?;
    let mut rows = query.query([])?;
    let mut mail = Vec::new();
    while let Some(row) = rows.next()? {
        mail.push(Mail {
            sender: known_name(&row.get::<_, String>(0)?)?,
            recipient: known_name(&row.get::<_, String>(1)?)?,
            envelope: row.get(2)?,
        });
    }
    Ok(mail)
}
