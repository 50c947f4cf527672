//! Phones: one vote for each device, and limits on what many or hostile ones cost.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::common::{
    ask::{Ask, read_until},
    lesson::LessonProcess,
    process::{open_many_files, until},
};
use serde_json::{Value, json};

#[test]
fn a_device_has_one_vote_until_the_votes_are_shown() {
    let lesson = LessonProcess::with_phones(&[]);
    let (phones, join) = lesson.phones.clone().unwrap();
    let vote = |voter: &str, scene: &str, choice: usize| {
        let body = json!({ "scene": scene, "choice": choice }).to_string();
        let ask = Ask::post(&phones, &format!("/{join}/vote"), &body);
        if voter.is_empty() {
            ask.send().status
        } else {
            ask.voter(voter).send().status
        }
    };
    let [one, other] = [lesson.ballot_token(), lesson.ballot_token()];
    assert_eq!(vote(&one, "vote", 0), 409, "nothing is asked yet");
    lesson.command(&json!({ "do": "jump", "scene": 2 }));
    assert_eq!(vote("", "vote", 0), 403);
    for none in ["no-number", &"1".repeat(32), &"1".repeat(96), &one[..32]] {
        assert_eq!(vote(none, "vote", 0), 403, "{none}");
    }
    assert_eq!(vote(&one, "vote", 4), 409);
    assert_eq!(vote(&one, "leak", 0), 409);
    assert_eq!(vote(&one, "nothing", 0), 400);
    assert_eq!(vote(&one, "vote", 0), 200);
    assert_eq!(vote(&one, "vote", 3), 200);
    assert_eq!(vote(&other, "vote", 1), 200);
    let poll = lesson.event("state")["poll"].clone();
    assert_eq!((&poll["voted"], &poll["counts"]), (&json!(2), &Value::Null));
    // Going on shows the votes first.
    lesson.command(&json!({ "do": "next" }));
    assert_eq!(lesson.scene(), 2);
    let poll = lesson.event("state")["poll"].clone();
    assert_eq!(
        (&poll["counts"], &poll["answer"]),
        (&json!([0, 1, 0, 1]), &json!(3))
    );
    assert_eq!(vote(&one, "vote", 0), 409, "the votes are shown");
    lesson.command(&json!({ "do": "next" }));
    assert_eq!(lesson.scene(), 3);
    // Going back shows the votes again, and takes no more of them: the answer was shown.
    lesson.command(&json!({ "do": "back" }));
    let poll = lesson.event("state")["poll"].clone();
    assert_eq!(poll["counts"], json!([0, 1, 0, 1]));
    assert_eq!(vote(&other, "vote", 3), 409);
    lesson.command(&json!({ "do": "show-votes", "scene": "vote", "shown": false }));
    assert_eq!(vote(&other, "vote", 3), 409, "hidden, and still closed");
    // Asking again opens the vote, for the current question only.
    let again = |scene: &str| {
        lesson
            .command(&json!({ "do": "ask-again", "scene": scene }))
            .status
    };
    assert_eq!(again("leak"), 422);
    assert_eq!(lesson.event("state")["poll"]["voted"], 2);
    assert_eq!(again("vote"), 200);
    let poll = lesson.event("state")["poll"].clone();
    assert_eq!((&poll["voted"], &poll["shown"]), (&json!(0), &json!(false)));
    assert_eq!(vote(&other, "vote", 3), 200);
    let long = Ask::post(&phones, &format!("/{join}/vote"), &"x".repeat(10_000));
    assert!([413, 0].contains(&long.voter(&one).send().status));
}

#[test]
fn each_phone_gets_a_ballot_of_its_own_and_keeps_it() {
    let lesson = LessonProcess::with_phones(&[]);
    let (phones, join) = lesson.phones.clone().unwrap();
    let page = Ask::get(&phones, &format!("/{join}"));
    let (first, line) = page.send().ballot_token().unwrap();
    let (second, _) = page.send().ballot_token().unwrap();
    assert_ne!(first, second);
    for attribute in ["HttpOnly", "SameSite=Lax", &format!("Path=/{join}")] {
        assert!(line.split("; ").any(|it| it == attribute), "{line}");
    }
    assert!(page.clone().voter(&first).send().ballot_token().is_none());
    // Its token is valid after a restart, and not in another lesson.
    let lesson = lesson.restart(&[]);
    assert!(page.clone().voter(&first).send().ballot_token().is_none());
    let other = LessonProcess::with_phones(&[]);
    let (phones, join) = other.phones.clone().unwrap();
    let page = Ask::get(&phones, &format!("/{join}"));
    assert!(page.voter(&first).send().ballot_token().is_some());
    drop(lesson);
}

#[test]
fn two_hundred_phones_vote_reload_and_vanish() {
    open_many_files();
    let lesson = LessonProcess::with_phones(&[]);
    lesson.wait_for_sweep();
    lesson.command(&json!({ "do": "jump", "scene": 2 }));
    let (phones, join) = lesson.phones.clone().unwrap();
    let tokens: Vec<String> = (0..200).map(|_| lesson.ballot_token()).collect();
    let before = lesson.process.memory();
    let listen = |number: usize| {
        let ask = Ask::get(&phones, &format!("/{join}/events")).voter(&tokens[number]);
        let mut stream = ask.open();
        read_until(&mut stream, |text| {
            text.contains("can Eve read the messages?")
        });
        stream
    };
    let mut streams: Vec<TcpStream> = (0..200).map(listen).collect();
    let vote = |number: usize| {
        let body = json!({ "scene": "vote", "choice": number % 4 }).to_string();
        let ask = Ask::post(&phones, &format!("/{join}/vote"), &body);
        assert_eq!(ask.voter(&tokens[number]).send().status, 200);
    };
    (0..200).for_each(vote);
    until("all have voted", || {
        lesson.event("state")["poll"]["voted"] == 200
    });
    assert_eq!(lesson.event("state")["phones"]["connected"], 200);
    // All reload twice at once: their oldest streams end, and two hundred are counted.
    let reloaded: Vec<TcpStream> = (0..400).map(|it| listen(it % 200)).collect();
    for stream in &mut streams {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
    }
    assert_eq!(lesson.event("state")["phones"]["connected"], 200);
    let added = lesson.process.memory().saturating_sub(before);
    println!("200 voters add {added} KiB");
    assert!(added < 50 * 1024, "{added} KiB");
    // All streams get the next question; then all are closed.
    lesson.command(&json!({ "do": "show-votes", "scene": "vote", "shown": true }));
    assert_eq!(
        lesson.event("state")["poll"]["counts"],
        json!([50, 50, 50, 50])
    );
    drop(reloaded);
    until("no phone is connected", || {
        // The server notices a closed connection when it writes to it.
        lesson.command(&json!({ "do": "next" }));
        lesson.command(&json!({ "do": "back" }));
        lesson.event("state")["phones"]["connected"] == 0
    });
    assert_eq!(lesson.command(&json!({ "do": "next" })).status, 200);
    assert_eq!(lesson.scene(), 3);
}

#[test]
fn silent_and_slow_connections_do_not_block_others() {
    open_many_files();
    let lesson = LessonProcess::with_phones(&[]);
    let (phones, join) = lesson.phones.clone().unwrap();
    let silent: Vec<TcpStream> = (0..1_100)
        .map(|_| TcpStream::connect(&phones).unwrap())
        .collect();
    let slow: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(&phones).unwrap();
            let _ = stream.write_all(b"POST /");
            stream
        })
        .collect();
    let begun = Instant::now();
    assert_eq!(Ask::get(&phones, &format!("/{join}")).send().status, 200);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    // The instructor's listener has connections of its own.
    let silent_here: Vec<TcpStream> = (0..100)
        .map(|_| TcpStream::connect(&lesson.own).unwrap())
        .collect();
    assert_eq!(lesson.command(&json!({ "do": "next" })).status, 200);
    drop((silent, slow, silent_here));
}

#[test]
fn a_silent_connection_is_closed() {
    let lesson = LessonProcess::with_phones(&[]);
    let (phones, _) = lesson.phones.clone().unwrap();
    let mut silent = TcpStream::connect(&phones).unwrap();
    silent
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let begun = Instant::now();
    let mut nothing = Vec::new();
    let _ = silent.read_to_end(&mut nothing);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn one_address_gets_a_limited_number_of_ballot_tokens() {
    let lesson = LessonProcess::with_phones(&[]);
    let (phones, join) = lesson.phones.clone().unwrap();
    let early = lesson.ballot_token();
    let page = Ask::get(&phones, &format!("/{join}"));
    // An address gets three hundred; the ballot box takes two thousand.
    for number in 1..300 {
        assert_eq!(page.send().status, 200, "{number}");
    }
    let refused = page.send();
    assert_eq!(refused.status, 503);
    assert!(
        refused.body.contains("too many ballots"),
        "{}",
        refused.body
    );
    // Tokens that were issued stay valid.
    assert_eq!(page.voter(&early).send().status, 200);
    lesson.command(&json!({ "do": "jump", "scene": 2 }));
    let body = json!({ "scene": "vote", "choice": 0 }).to_string();
    let vote = Ask::post(&phones, &format!("/{join}/vote"), &body);
    assert_eq!(vote.voter(&early).send().status, 200);
}

#[test]
fn phone_streams_leave_connections_for_votes_and_files_for_the_instructor() {
    open_many_files();
    let lesson = LessonProcess::with_files(256);
    lesson.process.out.says("Room for 128 phones");
    let (phones, join) = lesson.phones.clone().unwrap();
    lesson.command(&json!({ "do": "jump", "scene": 2 }));
    // More phones than there are connections for, and then many silent connections.
    let tokens: Vec<String> = (0..150).map(|_| lesson.ballot_token()).collect();
    let listen = |token: &String| {
        let ask = Ask::get(&phones, &format!("/{join}/events"));
        let mut stream = ask.voter(token).open();
        read_until(&mut stream, |text| text.contains("event: question"));
        stream
    };
    let inside: Vec<TcpStream> = tokens.iter().map(listen).collect();
    let before: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(&phones).unwrap())
        .collect();
    // Phones with a stream can vote, so can those whose stream was ended, and late ones.
    let late = lesson.ballot_token();
    let body = json!({ "scene": "vote", "choice": 0 }).to_string();
    for token in [&tokens[0], &tokens[149], &late] {
        let vote = Ask::post(&phones, &format!("/{join}/vote"), &body);
        assert_eq!(vote.voter(token).send().status, 200);
    }
    for scene in [2, 3, 4, 5, 6, 7] {
        assert_eq!(lesson.command(&json!({ "do": "next" })).status, 200);
        assert_eq!(lesson.scene(), scene);
    }
    let saved = std::fs::read_to_string(lesson.path("home/lesson.json")).unwrap();
    assert!(saved.contains("\"scene\":\"matrix\""), "{saved}");
    drop((inside, before));
}

#[test]
fn long_requests_without_a_token_take_little_memory() {
    open_many_files();
    let lesson = LessonProcess::with_phones(&[]);
    let (phones, _) = lesson.phones.clone().unwrap();
    let before = lesson.process.memory();
    let streams: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(&phones).unwrap();
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nX: ");
            let _ = stream.write_all(&vec![b'x'; 400_000]);
            stream
        })
        .collect();
    let added = lesson.process.memory().saturating_sub(before);
    // 200 of 400 kB are 80 MB.
    assert!(added < 20 * 1024, "{added} KiB");
    assert_eq!(lesson.command(&json!({ "do": "next" })).status, 200);
    drop(streams);
}
