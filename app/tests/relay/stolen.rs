//! A relay's database in somebody else's hands.

use std::fs;

use crate::common::relay::{Relay, doormat};

#[test]
fn a_stolen_database_gives_what_waits_to_who_has_the_key_and_no_times() {
    let relay = Relay::start();
    let at = |name: &str| relay.path(name).to_str().unwrap().to_owned();
    assert!(
        doormat(&["authority", "new", "--out", &at("ministry")])
            .status
            .success()
    );
    let escrow = ["--mode", "escrow", "--escrow-pub", "ministry.pub"];
    let mut carol = relay.chat("carol", "dave", &escrow);
    let mut dave = relay.chat("dave", "carol", &escrow);
    dave.type_line("heard and forgotten");
    carol.out.says("dave: heard and forgotten");
    dave.err.says("delivered");
    carol.end_input();
    assert!(carol.ends().success());
    dave.type_line("left behind");
    dave.end_input();
    assert!(dave.ends().success());
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
    assert!(lines[3].starts_with("1 envelope on the tape; 1 read"));
}
