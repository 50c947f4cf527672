//! Which of the received messages have been shown, in a file of its own.
//!
//! A message is saved before it is shown and confirmed, and the state is not saved again
//! because it was shown. What is written here, before each message and after it, outlives the
//! program when it is killed: so a message is shown once, or, if the program was killed
//! between the two, a second time and marked. (It is not synced: after a loss of power
//! messages may be shown again.)

use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::cli::shared::private_file;
use doormat::protocol::Name;

const SHOWN_FILE: &str = "shown";

/// A text that was received and may not have been shown yet.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct UnreadMessage {
    pub(super) from: Name,
    pub(super) text: String,
    #[serde(default)]
    pub(super) number: u64,
    /// The program ended while it was being shown.
    #[serde(default)]
    pub(super) perhaps_shown: bool,
}

/// Numbers the messages of a state that an earlier version wrote, which gave them none; gives
/// how many have been received.
pub(super) fn number_unread(unread: &mut [UnreadMessage], received: u64) -> u64 {
    if unread.iter().all(|it| it.number > 0) {
        return received;
    }
    let count = u64::try_from(unread.len()).unwrap_or(u64::MAX);
    let received = received.max(count);
    for (message, number) in unread.iter_mut().zip(received - count + 1..) {
        message.number = number;
    }
    received
}

/// The numbers of the message that was about to be shown last, and of the one that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    begun: u64,
    done: u64,
}

impl Shown {
    /// What a folder's last run has left, if anything.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        match fs::read_to_string(folder.join(SHOWN_FILE)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (begun, done) = text.trim_end().split_once(' ')?;
        Some(Self {
            begun: begun.parse().ok()?,
            done: done.parse().ok()?,
        })
    }

    /// Removes what was shown, and marks what may have been.
    pub(super) fn apply(shown: Option<Self>, unread: &mut Vec<UnreadMessage>) {
        match shown {
            Some(shown) => {
                unread.retain(|it| it.number > shown.done);
                for message in unread.iter_mut() {
                    message.perhaps_shown |= message.number <= shown.begun;
                }
            }
            None => {
                for message in unread.iter_mut() {
                    message.perhaps_shown = true;
                }
            }
        }
    }
}

/// The file, to be written.
pub(super) struct ShownRecord {
    file: File,
    last: Shown,
}

impl ShownRecord {
    /// Begins the file anew; nothing with a number up to `done` is unread.
    pub(super) fn create(folder: &Path, done: u64) -> io::Result<Self> {
        let path = folder.join(SHOWN_FILE);
        let last = Shown { begun: done, done };
        let mut record = Self {
            file: private_file::create_anew(&path)?,
            last,
        };
        record.write()?;
        Ok(record)
    }

    /// A message is about to be shown.
    pub(super) fn begin(&mut self, number: u64) -> io::Result<()> {
        self.last.begun = number;
        self.write()
    }

    /// It has been shown.
    pub(super) fn end(&mut self, number: u64) -> io::Result<()> {
        self.last.done = number;
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        let Shown { begun, done } = self.last;
        self.file.seek(SeekFrom::Start(0))?;
        // Always of one length: a shorter one would leave the end of the last.
        self.file
            .write_all(format!("{begun:020} {done:020}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread() -> Vec<UnreadMessage> {
        let from = Name::new("alice").expect("a name");
        let message = |number: u64| UnreadMessage {
            from: from.clone(),
            text: number.to_string(),
            number,
            perhaps_shown: false,
        };
        (1..=4).map(message).collect()
    }

    fn left(shown: Option<Shown>) -> Vec<(u64, bool)> {
        let mut unread = unread();
        Shown::apply(shown, &mut unread);
        unread
            .iter()
            .map(|it| (it.number, it.perhaps_shown))
            .collect()
    }

    #[test]
    fn what_was_shown_is_not_shown_again_and_what_may_have_been_is_marked() {
        let shown = |begun, done| Some(Shown { begun, done });
        assert_eq!(left(shown(2, 2)), [(3, false), (4, false)]);
        assert_eq!(left(shown(3, 2)), [(3, true), (4, false)]);
        assert!(left(shown(4, 4)).is_empty());
        assert_eq!(left(None), [(1, true), (2, true), (3, true), (4, true)]);
    }

    #[test]
    fn messages_of_an_earlier_version_are_shown() {
        for (numbers, received) in [([0; 4], 0), ([0, 0, 0, 1], 1), ([0, 4, 5, 6], 6)] {
            let mut unread = unread();
            for (message, number) in unread.iter_mut().zip(numbers) {
                message.number = number;
            }
            let last = number_unread(&mut unread, received);
            assert_eq!(last, received.max(4));
            assert!(unread.iter().map(|it| it.number).eq(last - 3..=last));
            // None of them has been: as after a first run that was killed.
            let done = last - 4;
            Shown::apply(Some(Shown { begun: done, done }), &mut unread);
            assert_eq!(unread.len(), 4);
        }
        let mut numbered = unread();
        assert_eq!(number_unread(&mut numbered, 9), 9);
        assert_eq!(numbered.first().map(|it| it.number), Some(1));
    }

    #[test]
    fn the_record_outlives_the_program_and_damage_is_no_record() {
        let folder = std::env::temp_dir().join(format!("doormat-shown-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        assert_eq!(Shown::read(&folder).expect("readable"), None);
        let mut record = ShownRecord::create(&folder, 7).expect("a record");
        record.begin(8).expect("written");
        let shown = Shown::read(&folder).expect("readable");
        assert_eq!(shown, Some(Shown { begun: 8, done: 7 }));
        record.end(8).expect("written");
        let shown = Shown::read(&folder).expect("readable");
        assert_eq!(shown, Some(Shown { begun: 8, done: 8 }));
        for damage in [&b""[..], b"1", b"a b\n", b"\xff\xfe 1\n"] {
            fs::write(folder.join(SHOWN_FILE), damage).expect("written");
            assert_eq!(Shown::read(&folder).expect("readable"), None);
        }
        fs::remove_dir_all(&folder).expect("removed");
    }
}
