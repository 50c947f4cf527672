//! What the relay's database keeps, and what somebody finds in a copy of it.

use std::fs;

use doormat::protocol::Name;
use doormat_app::transport::{
    control::Digest,
    relay::store::{
        Mail, MailRead, Quota,
        sqlite::{DATABASE_FILE, SqliteStore},
    },
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::common::{
    relay::{Relay, doormat, finish},
    world::name,
};

/// For how many later envelopes a digest is kept here.
const KEPT: usize = 500;

struct Fixture {
    folder: TempDir,
    store: SqliteStore,
}

impl Fixture {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let quota = Quota {
            digests: KEPT as u32,
            ..Quota::default()
        };
        let store = SqliteStore::open(folder.path(), quota).unwrap();
        for who in ["alice", "bob", "carol"] {
            store.claim(name(who), vec![1], true).await.unwrap();
        }
        Self { folder, store }
    }

    async fn deposit(&self, recipient: &Name, number: usize) {
        let mail = Mail {
            sender: name("alice"),
            recipient: recipient.clone(),
            envelope: number.to_be_bytes().to_vec(),
        };
        self.store.deposit(mail).await.unwrap();
    }

    /// Whether it was still waiting.
    async fn confirm(&self, recipient: &Name, number: usize) -> bool {
        let digest = Digest::of(&number.to_be_bytes());
        let sender = self.store.confirm(recipient.clone(), digest).await;
        sender.unwrap().is_some()
    }

    async fn waiting(&self, recipient: &Name) -> usize {
        let mail = self.store.mail_after(recipient.clone(), 0, 100, 1 << 20);
        match mail.await.unwrap() {
            MailRead::Some(mail) => mail.len(),
            MailRead::TooLong(length) => panic!("{length}"),
        }
    }

    fn rows(&self) -> usize {
        let database = Connection::open(self.folder.path().join(DATABASE_FILE)).unwrap();
        let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let rows = database.query_row("SELECT count(*) FROM mail", [], count);
        usize::try_from(rows.unwrap()).unwrap()
    }
}

#[tokio::test]
async fn digests_are_kept_for_so_many_later_envelopes_and_then_forgotten() {
    let fixture = Fixture::open().await;
    let (bob, carol) = (name("bob"), name("carol"));
    // This one waits, whatever comes after it.
    fixture.deposit(&carol, 0).await;
    for number in 1..=10 * KEPT {
        fixture.deposit(&bob, number).await;
        assert!(fixture.confirm(&bob, number).await);
        assert!(!fixture.confirm(&bob, number).await);
    }
    // A thousand are forgotten at once.
    let rows = fixture.rows();
    assert!((KEPT..KEPT + 1100).contains(&rows), "{rows}");
    for number in [9 * KEPT + 1, 10 * KEPT] {
        fixture.deposit(&bob, number).await;
    }
    assert_eq!(fixture.waiting(&bob).await, 0, "they were received before");
    fixture.deposit(&bob, 1).await;
    assert_eq!(fixture.waiting(&bob).await, 1, "its digest was forgotten");
    assert_eq!(fixture.waiting(&carol).await, 1);
    let rows = fixture.rows();
    assert!(fixture.confirm(&carol, 0).await);
    assert_eq!(fixture.rows(), rows - 1, "its digest is older than all");
}

#[test]
fn a_stolen_database_gives_waiting_mail_to_a_key_holder_but_no_times() {
    let relay = Relay::start();
    let at = |name: &str| relay.path(name).to_str().unwrap().to_owned();
    let escrow = relay.new_authority();
    let mut carol = relay.chat("carol", "dave", &escrow);
    let mut dave = relay.chat("dave", "carol", &escrow);
    dave.type_line("heard and forgotten");
    carol.out.says("dave: heard and forgotten");
    dave.err.says("delivered");
    finish(&mut carol);
    dave.type_line("left behind");
    finish(&mut dave);
    fs::create_dir(at("stolen")).unwrap();
    for file in ["relay.db", "relay.db-wal"] {
        fs::copy(
            relay.path("data").join(file),
            relay.path("stolen").join(file),
        )
        .unwrap();
    }
    let (database, key) = (at("stolen/relay.db"), at("ministry.key"));
    let eve = doormat(&["attack", "--database", &database, "--escrow-key", &key]);
    let said = String::from_utf8(eve.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[1], "   0  --:--:--  dave → carol  READ  left behind");
    // What was received has not been overwritten yet.
    assert_eq!(
        lines[2],
        "   1  --:--:--  dave → carol  READ  heard and forgotten"
    );
    assert!(lines[4].starts_with("2 envelopes on the tape; 2 read"));
    assert!(said.contains("1 envelope was found where no row leads"));
}
