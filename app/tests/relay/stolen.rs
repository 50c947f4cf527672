//! What an attacker reads in a copy of a relay's database: wherever it lies, whatever its
//! name, however damaged. What cannot be read is counted, and the copy stays as it is.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
    process::Command,
};

use doormat::{escrow::key_file, protocol::ScheduleId};
use doormat_app::transport::{
    control::Digest,
    relay::store::{
        Mail, Quota,
        sqlite::{DATABASE_FILE, SqliteStore},
    },
};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{
    relay::{flat, forged},
    world::{World, name},
};

/// Envelopes that wait in the database.
const WAITING: usize = 100;

/// A relay's folder as it was stolen: with its log or, once the relay has stopped, without.
struct Stolen {
    folder: TempDir,
    envelopes: Vec<Vec<u8>>,
    store: Option<SqliteStore>,
}

impl Stolen {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut world = World::new("escrow", ScheduleId::Static, 3);
        world.greet();
        let key = key_file::write_private(&world.escrow);
        fs::write(folder.path().join("key"), key.as_bytes()).unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let store = SqliteStore::open(&data, Quota::default()).unwrap();
        store.claim(name("bob"), vec![1], true).await.unwrap();
        let mut stolen = Self {
            folder,
            envelopes: Vec::new(),
            store: Some(store),
        };
        for number in 0..WAITING {
            let text = format!("{number} {}", "x".repeat(number * 7));
            let envelope = world.alice_writes(&text);
            stolen.deposit(&envelope).await;
            stolen.envelopes.push(envelope);
        }
        stolen
    }

    async fn deposit(&self, envelope: &[u8]) {
        let mail = Mail {
            sender: name("alice"),
            recipient: name("bob"),
            envelope: envelope.to_vec(),
        };
        self.store.as_ref().unwrap().deposit(mail).await.unwrap();
    }

    async fn confirm(&self, envelope: &[u8]) {
        let store = self.store.as_ref().unwrap();
        let sender = store.confirm(name("bob"), Digest::of(envelope)).await;
        assert!(sender.unwrap().is_some());
    }

    /// The relay stops, and empties its log into the database.
    async fn stop(mut self) -> Self {
        self.store.take().unwrap().close().await.unwrap();
        assert!(!self.data("relay.db-wal").exists());
        self
    }

    fn data(&self, file: &str) -> PathBuf {
        self.folder.path().join("data").join(file)
    }

    /// Another folder with copies of these files.
    fn copied(&self, files: &[&str], to: &str) -> PathBuf {
        let to = self.folder.path().join(to);
        fs::create_dir(&to).unwrap();
        for file in files {
            fs::copy(self.data(file), to.join(file)).unwrap();
        }
        to
    }

    fn command(&self, database: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doormat"));
        command
            .args(["attack", "--escrow-key", "key", "--database"])
            .arg(database)
            .current_dir(self.folder.path());
        command
    }

    /// The figures of an attack.
    #[track_caller]
    fn attack(&self, database: &Path) -> Value {
        let output = self.command(database).arg("--json").output().unwrap();
        assert!(output.status.success(), "{database:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What an attack says, without the messages.
    fn says(&self, database: &Path) -> String {
        let output = self
            .command(database)
            .args(["--out", "/dev/null"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{database:?}: {output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn listing(folder: &Path) -> BTreeSet<(String, u64)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|it| {
            let name = it.file_name().to_string_lossy().into_owned();
            (name, it.metadata().unwrap().len())
        })
        .collect()
}

#[tokio::test]
async fn a_database_is_found_by_every_name_that_a_file_can_have() {
    let stolen = Stolen::new().await.stop().await;
    let names: [&OsStr; 7] = [
        OsStr::new("a b #%41?.db"),
        OsStr::new("ü.db"),
        OsStr::new("file:relay.db?mode=memory"),
        OsStr::new(":memory:"),
        OsStr::new("--database"),
        OsStr::new("relay.db'; drop"),
        OsStr::from_bytes(b"bad\xff.db"),
    ];
    for name in names {
        let path = stolen.folder.path().join(name);
        fs::copy(stolen.data(DATABASE_FILE), &path).unwrap();
        for path in [
            path.clone(),
            Path::new(".").join(name),
            Path::new("//").join(path.strip_prefix("/").unwrap()),
        ] {
            let figures = stolen.attack(&path);
            assert_eq!(figures["read"], WAITING, "{path:?}");
            assert_eq!(figures["database"]["log"], false);
        }
    }
    let said = stolen.says(&stolen.data(DATABASE_FILE));
    assert!(said.contains("There was no write-ahead log"), "{said}");
}

#[tokio::test]
async fn the_log_is_read_beside_the_file_or_beside_the_link_to_it() {
    let stolen = Stolen::new().await;
    let files = [DATABASE_FILE, "relay.db-wal"];
    let copy = stolen.copied(&files, "copy");
    let before = listing(&copy);
    let links = stolen.folder.path().join("links");
    fs::create_dir(&links).unwrap();
    symlink("../copy/relay.db", links.join("one.db")).unwrap();
    // Each file by a link, to a place where it has another name.
    fs::copy(copy.join(DATABASE_FILE), links.join("0123")).unwrap();
    fs::copy(copy.join("relay.db-wal"), links.join("4567")).unwrap();
    symlink("0123", links.join("both.db")).unwrap();
    symlink("4567", links.join("both.db-wal")).unwrap();
    for path in [
        copy.join(DATABASE_FILE),
        links.join("one.db"),
        links.join("both.db"),
    ] {
        let figures = stolen.attack(&path);
        assert_eq!(figures["read"], WAITING, "{path:?}");
        assert_eq!(figures["database"]["waiting"], WAITING);
        assert_eq!(figures["database"]["log"], true);
    }
    assert_eq!(listing(&copy), before, "the evidence has changed");
}

#[tokio::test]
async fn nothing_is_left_of_the_private_copy() {
    let stolen = Stolen::new().await;
    let temporary = stolen.folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let output = stolen
        .command(&stolen.data(DATABASE_FILE))
        .env("TMPDIR", &temporary)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(listing(&temporary).is_empty());
    let output = stolen
        .command(&stolen.data(DATABASE_FILE))
        .env("TMPDIR", "/nowhere")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("TMPDIR"), "{said}");
}

/// Whatever page is damaged, and however: what waited is read, or counted as not read.
#[tokio::test]
async fn whatever_page_is_damaged_the_other_rows_are_read_and_the_loss_is_counted() {
    let stolen = Stolen::new().await.stop().await;
    let sound = fs::read(stolen.data(DATABASE_FILE)).unwrap();
    let pages = sound.len() / 4096;
    assert!(pages > 15, "{pages}");
    let path = stolen.folder.path().join("damaged.db");
    for page in 0..pages {
        for byte in [0xff, 0] {
            let mut damaged = sound.clone();
            damaged[page * 4096..(page + 1) * 4096].fill(byte);
            fs::write(&path, damaged).unwrap();
            let figures = stolen.attack(&path);
            let database = &figures["database"];
            let number = |of: &Value| usize::try_from(of.as_u64().unwrap()).unwrap();
            let envelopes = number(&figures["envelopes"]);
            let (waiting, remains) = (number(&database["waiting"]), number(&database["remains"]));
            assert_eq!(envelopes, waiting + remains, "page {page}: {figures}");
            assert!(envelopes >= WAITING - 20, "page {page}: {figures}");
            let said = number(&database["unreadable"]) > 0
                || !database["ended_early"].as_array().unwrap().is_empty();
            assert!(waiting == WAITING || said, "page {page}: {figures}");
        }
    }
}

#[tokio::test]
async fn envelopes_that_were_received_are_found_where_no_row_leads() {
    let stolen = Stolen::new().await;
    for envelope in &stolen.envelopes[..40] {
        stolen.confirm(envelope).await;
    }
    let figures = stolen.attack(&stolen.data(DATABASE_FILE));
    assert_eq!(figures["database"]["waiting"], WAITING - 40);
    // The log has them still.
    assert_eq!(figures["database"]["remains"], 40);
    assert_eq!(figures["read"], WAITING);
    let said = stolen.says(&stolen.data(DATABASE_FILE));
    let wanted = "40 envelopes were found where no row leads";
    assert!(said.contains(wanted), "{said}");
    // Without the log, the unused parts of the database's pages have most of them.
    let stolen = stolen.stop().await;
    let figures = stolen.attack(&stolen.data(DATABASE_FILE));
    assert_eq!(figures["database"]["waiting"], WAITING - 40);
    assert!(figures["database"]["remains"].as_u64() > Some(0));
}

#[tokio::test]
async fn long_envelopes_that_were_received_are_counted_as_cut_short() {
    let stolen = Stolen::new().await;
    let mut world = World::new("escrow", ScheduleId::Static, 4);
    let long = forged(&world.alice_writes(&"y".repeat(20_000)), 1);
    stolen.deposit(&long).await;
    let figures = stolen.attack(&stolen.data(DATABASE_FILE));
    assert_eq!(figures["database"]["waiting"], WAITING + 1);
    assert_eq!(figures["database"]["cut_short"], 0, "it was read as a row");
    stolen.confirm(&long).await;
    let figures = stolen.attack(&stolen.data(DATABASE_FILE));
    assert_eq!(figures["database"]["waiting"], WAITING);
    assert_eq!(figures["database"]["cut_short"], 1);
}

#[tokio::test]
async fn what_is_no_database_of_a_relays_is_refused() {
    let stolen = Stolen::new().await;
    let path = stolen.folder.path().join("other.db");
    fs::write(&path, "no database at all, whatever its name").unwrap();
    let output = stolen.command(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("not a database"), "{said}");
    // A view would compute for as long as it likes.
    fs::remove_file(&path).unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    database
        .execute_batch(
            "CREATE VIEW mail AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
             SELECT i AS place, i AS sender, i AS recipient, i AS envelope FROM n;",
        )
        .unwrap();
    drop(database);
    let output = stolen.command(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = flat(&String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("not a relay's"), "{said}");
}

#[tokio::test]
async fn the_relays_own_files_are_readable_by_their_owner_only() {
    let stolen = Stolen::new().await;
    let mode = |file: &str| {
        let permissions = fs::metadata(stolen.data(file)).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777
    };
    for file in [DATABASE_FILE, "relay.db-wal", "relay.db-shm", "lock"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    // A folder of an earlier version.
    let stolen = stolen.stop().await;
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(stolen.data(DATABASE_FILE), open).unwrap();
    let data = stolen.folder.path().join("data");
    drop(SqliteStore::open(&data, Quota::default()).unwrap());
    let permissions = fs::metadata(stolen.data(DATABASE_FILE))
        .unwrap()
        .permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777,
        0o600
    );
}
