//! What the store keeps of envelopes that were received: their digests, for a while.

use doormat::protocol::Name;
use doormat_app::transport::{
    control::Digest,
    relay::{
        Store,
        store::{FILE, Mail, Quota},
    },
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::common::world::name;

/// For how many later envelopes a digest is kept here.
const KEPT: usize = 500;

struct Shop {
    folder: TempDir,
    store: Store,
}

impl Shop {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let quota = Quota {
            digests: KEPT as i64,
            ..Quota::default()
        };
        let store = Store::open(folder.path(), quota).unwrap();
        for who in ["alice", "bob", "carol"] {
            store.claim(name(who), vec![1]).await.unwrap();
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
    async fn receive(&self, recipient: &Name, number: usize) -> bool {
        let digest = Digest::of(&number.to_be_bytes());
        let sender = self.store.received(recipient.clone(), digest).await;
        sender.unwrap().is_some()
    }

    async fn waiting(&self, recipient: &Name) -> usize {
        let mail = self.store.waiting(recipient.clone(), 0, 100).await;
        mail.unwrap().len()
    }

    fn rows(&self) -> usize {
        let database = Connection::open(self.folder.path().join(FILE)).unwrap();
        let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let rows = database.query_row("SELECT count(*) FROM mail", [], count);
        usize::try_from(rows.unwrap()).unwrap()
    }
}

#[tokio::test]
async fn digests_are_kept_for_so_many_later_envelopes_and_then_forgotten() {
    let shop = Shop::open().await;
    let (bob, carol) = (name("bob"), name("carol"));
    // This one waits, whatever comes after it.
    shop.deposit(&carol, 0).await;
    for number in 1..=10 * KEPT {
        shop.deposit(&bob, number).await;
        assert!(shop.receive(&bob, number).await);
        assert!(!shop.receive(&bob, number).await);
    }
    // A thousand are forgotten at once.
    let rows = shop.rows();
    assert!((KEPT..KEPT + 1100).contains(&rows), "{rows}");
    for number in [9 * KEPT + 1, 10 * KEPT] {
        shop.deposit(&bob, number).await;
    }
    assert_eq!(shop.waiting(&bob).await, 0, "they were received before");
    shop.deposit(&bob, 1).await;
    assert_eq!(shop.waiting(&bob).await, 1, "nobody remembers it");
    assert_eq!(shop.waiting(&carol).await, 1);
    let rows = shop.rows();
    assert!(shop.receive(&carol, 0).await);
    assert_eq!(shop.rows(), rows - 1, "its digest is older than all");
}
