//! Which requests the server answers, byte for byte and without a browser.

use std::{fs, time::Duration};

use crate::common::{
    ask::{Ask, read_until},
    lesson::{LessonProcess, present_fails},
};
use serde_json::{Value, json};

/// Everything that the instructor's page requests.
const API: [(&str, &str); 7] = [
    ("GET", "/api/events"),
    ("POST", "/api/do"),
    ("GET", "/api/message/0"),
    ("GET", "/api/sweep"),
    ("GET", "/api/matrix"),
    ("POST", "/api/cell"),
    ("GET", "/api/join"),
];

#[test]
fn without_the_instructors_token_no_request_is_answered_or_executed() {
    let lesson = LessonProcess::with_phones(&[]);
    let (_, join) = lesson.phones.clone().unwrap();
    for (method, path) in API {
        let ask = Ask::by(method, &lesson.own, path, "{\"do\":\"next\"}");
        assert_eq!(ask.send().status, 401, "{path}");
        for wrong in ["", "0", join.as_str(), &lesson.token[1..], &"0".repeat(32)] {
            let answer = ask.clone().token(wrong).send();
            assert_eq!(answer.status, 401, "{path} with {wrong:?}");
            assert!(!answer.body.contains("bank"), "{}", answer.body);
        }
        // In a URL or a cookie the token does not count.
        let ask = Ask::by(
            method,
            &lesson.own,
            &format!("{path}?t={}", lesson.token),
            "{\"do\":\"next\"}",
        );
        assert_eq!(
            ask.header("Cookie", &lesson.token).send().status,
            401,
            "{path}"
        );
    }
    assert_eq!(lesson.scene(), 0);
    // The files contain nothing of the lesson.
    for path in ["/", "/notes", "/page/present.js"] {
        let answer = Ask::get(&lesson.own, path).send();
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains(&lesson.token) && !answer.body.contains("reporter"));
    }
    assert_eq!(Ask::get(&lesson.own, "/page/nothing.js").send().status, 404);
    assert_eq!(
        Ask::get(&lesson.own, "/page/..%2f..%2fCargo.toml")
            .send()
            .status,
        404
    );
}

#[test]
fn the_join_token_gives_access_to_the_ballot_and_nothing_else() {
    let lesson = LessonProcess::with_phones(&[]);
    let (phones, join) = lesson.phones.clone().unwrap();
    assert_eq!(Ask::get(&phones, &format!("/{join}")).send().status, 200);
    for (method, path) in API {
        for path in [path.to_owned(), format!("/{join}{path}")] {
            let ask = Ask::by(method, &phones, &path, "{\"do\":\"next\"}");
            for token in [&join, &lesson.token] {
                assert_eq!(ask.clone().token(token).send().status, 404, "{path}");
            }
        }
    }
    for path in [
        "/",
        "/notes",
        "/page/present.js",
        "/wrong",
        "/wrong/vote",
        "//",
        "/%2e%2e/",
    ] {
        assert_eq!(Ask::get(&phones, path).send().status, 404, "{path}");
    }
    for file in ["present.js", "notes.html", "present.html"] {
        let path = format!("/{join}/page/{file}");
        assert_eq!(Ask::get(&phones, &path).send().status, 404, "{path}");
    }
    assert_eq!(lesson.scene(), 0);
}

#[test]
fn foreign_hosts_and_origins_are_refused() {
    let lesson = LessonProcess::with_phones(&[]);
    let port = lesson.own.split(':').nth(1).unwrap();
    let next = json!({ "do": "next" }).to_string();
    let ask = || Ask::post(&lesson.own, "/api/do", &next).token(&lesson.token);
    let wrong = [
        format!("evil.example:{port}"),
        "evil.example".to_owned(),
        format!("192.0.2.1:{port}"),
        "127.0.0.1:1".to_owned(),
    ];
    for host in &wrong {
        assert_eq!(ask().host(Some(host)).send().status, 403, "{host}");
        assert_eq!(
            Ask::get(&lesson.own, "/").host(Some(host)).send().status,
            403,
            "{host}"
        );
    }
    assert_eq!(ask().host(None).send().status, 403);
    let twice = ask().header("Host", "evil.example").send().status;
    assert!([400, 403].contains(&twice), "{twice}");
    for origin in [
        "http://evil.example",
        "null",
        "https://127.0.0.1",
        &format!("http://evil.example:{port}"),
    ] {
        assert_eq!(
            ask().header("Origin", origin).send().status,
            403,
            "{origin}"
        );
    }
    let (site, mode) = ("Sec-Fetch-Site", "Sec-Fetch-Mode");
    assert_eq!(
        ask()
            .header(site, "cross-site")
            .header(mode, "cors")
            .send()
            .status,
        403
    );
    assert_eq!(lesson.scene(), 0);

    let own = format!("http://{}", lesson.own);
    assert_eq!(
        ask()
            .header("Origin", &own)
            .header(site, "same-origin")
            .send()
            .status,
        200
    );
    let named = format!("localhost:{port}");
    assert_eq!(ask().host(Some(&named)).send().status, 200);
    assert_eq!(lesson.scene(), 2);

    let (phones, join) = lesson.phones.clone().unwrap();
    let page = Ask::get(&phones, &format!("/{join}"));
    assert_eq!(page.clone().host(Some("evil.example")).send().status, 404);
    let vote = Ask::post(
        &phones,
        &format!("/{join}/vote"),
        "{\"scene\":\"vote\",\"choice\":0}",
    );
    let vote = vote
        .voter(&"a".repeat(32))
        .header("Origin", "http://evil.example");
    assert_eq!(vote.send().status, 404);
}

#[test]
fn every_answer_has_the_security_headers() {
    let lesson = LessonProcess::with_phones(&[]);
    let (phones, join) = lesson.phones.clone().unwrap();
    let answers = [
        Ask::get(&lesson.own, "/").send(),
        Ask::get(&lesson.own, "/nothing").send(),
        lesson.get("/api/message/0"),
        Ask::get(&phones, &format!("/{join}")).send(),
        Ask::get(&phones, "/nothing").send(),
    ];
    for answer in answers {
        let head = answer.head.to_ascii_lowercase();
        for line in [
            "content-security-policy: default-src 'none'; script-src 'self';",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            "x-frame-options: deny",
        ] {
            assert!(head.contains(line), "{line}: {head}");
        }
        assert!(
            !head.contains("unsafe") && !head.contains("access-control-allow"),
            "{head}"
        );
    }
}

#[test]
fn the_pages_files_are_small_and_load_nothing_from_elsewhere() {
    let lesson = LessonProcess::start(&[]);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/present/page");
    let mut bytes = 0;
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        bytes += text.len();
        let foreign = text
            .replace("http://www.w3.org/2000/svg", "")
            .replace("\"http://\"", "");
        assert!(
            !foreign.contains("http://") && !foreign.contains("https://"),
            "{file:?}"
        );
        for markup in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!text.contains(markup), "{file:?}: {markup}");
        }
        let name = file.file_name().into_string().unwrap();
        assert_eq!(
            Ask::get(&lesson.own, &format!("/page/{name}")).send().body,
            text
        );
    }
    assert!(bytes < 200_000, "{bytes} bytes");
    println!("{bytes} bytes");
}

#[test]
fn an_invalid_command_changes_nothing() {
    let lesson = LessonProcess::start(&[]);
    let before = lesson.event("stage");
    let say = |sender: &str, text: &str| json!({ "do": "say", "sender": sender, "text": text });
    let refused = [
        (say("mallory", "hello"), "only alice and bob"),
        (say("alice", "   "), "empty"),
        (say("alice", &"x".repeat(281)), "longer than 280 bytes"),
        (say("bob", "two\nlines"), "control character"),
        (say("bob", "\u{1b}[2J"), "control character"),
        (json!({ "do": "jump", "scene": 8 }), "no scene 8"),
    ];
    for (command, why) in refused {
        let answer = lesson.command(&command);
        assert_eq!(answer.status, 422, "{command}");
        assert!(answer.body.contains(why), "{}", answer.body);
    }
    let malformed = [
        json!({ "do": "explode" }),
        json!({ "do": "jump", "scene": -1 }),
        json!({ "do": "jump", "scene": 1, "more": 1 }),
        json!({ "do": "next", "more": 1 }),
        json!({ "do": "restart", "more": 1 }),
        json!({ "do": "ask-again" }),
        json!([]),
        json!({ "do": "say", "sender": 7, "text": "x" }),
    ];
    for command in malformed {
        assert_eq!(lesson.command(&command).status, 400, "{command}");
    }
    let long = "x".repeat(100_000);
    let answer = Ask::post(&lesson.own, "/api/do", &long)
        .token(&lesson.token)
        .send();
    assert!([413, 0].contains(&answer.status), "{}", answer.status);
    assert_eq!(lesson.get("/api/message/8").status, 404);
    assert_eq!(lesson.get("/api/message/x").status, 400);
    let cell = |body: Value| {
        Ask::post(&lesson.own, "/api/cell", &body.to_string())
            .token(&lesson.token)
            .send()
    };
    assert_eq!(
        cell(json!({ "attack": "none", "design": "e2e", "theft_at": 1 })).status,
        404
    );
    assert_eq!(cell(json!({ "attack": "wiretap" })).status, 400);
    let far = cell(json!({ "attack": "wiretap", "design": "e2e", "theft_at": usize::MAX }));
    assert_eq!(far.status, 200);
    assert_eq!(lesson.event("stage"), before);
}

#[test]
fn invisible_and_direction_characters_are_shown_escaped() {
    let lesson = LessonProcess::start(&[]);
    let answer = lesson.command(&json!({ "do": "say", "sender": "alice", "text": "a\u{202e}b" }));
    assert_eq!(answer.status, 200);
    assert_eq!(lesson.event("stage")["lines"][8]["text"], "a\\u{202e}b");
    lesson.command(&json!({ "do": "jump", "scene": 4 }));
    assert_eq!(
        lesson.event("stage")["sides"][0]["messages"][8]["read"],
        "a\\u{202e}b"
    );
}

#[test]
fn a_lesson_carries_two_hundred_messages_and_no_more() {
    let lesson = LessonProcess::start(&["--messages", &messages(200)]);
    let answer = lesson.command(&json!({ "do": "say", "sender": "alice", "text": "one more" }));
    assert_eq!(answer.status, 422);
    assert_eq!(lesson.event("state")["messages"], 200);
    let many = messages(201);
    let said = present_fails(&["--messages", &many]);
    assert!(
        said.contains("at most 200 messages") && said.contains(&many),
        "{said}"
    );
}

#[test]
fn addresses_that_are_public_or_taken_and_a_folder_in_use_are_refused() {
    let said = present_fails(&["--listen", "0.0.0.0:0"]);
    assert!(
        said.contains("--listen 0.0.0.0:0") && said.contains("--lan"),
        "{said}"
    );
    let lesson = LessonProcess::start(&[]);
    let said = present_fails(&["--listen", &lesson.own]);
    assert!(
        said.contains("in use") && said.contains("another port"),
        "{said}"
    );
    let home = lesson.path("home");
    let said = present_fails(&["--home", home.to_str().unwrap()]);
    assert!(
        said.contains("another lesson is being given from here"),
        "{said}"
    );
}

#[test]
fn it_stops_on_an_interrupt_while_pages_are_open() {
    let mut lesson = LessonProcess::with_phones(&[]);
    let page = Ask::get(&lesson.own, "/api/events")
        .token(&lesson.token)
        .open();
    let (phones, join) = lesson.phones.clone().unwrap();
    let ask = Ask::get(&phones, &format!("/{join}/events"));
    let mut phone = ask.voter(&lesson.ballot_token()).open();
    read_until(&mut phone, |text| text.contains("event: question"));
    lesson.process.signal("INT");
    assert!(lesson.process.ends_within(Duration::from_secs(5)).success());
    drop((page, phone));
}

/// A file with so many messages, in the system's folder for temporary files.
fn messages(number: usize) -> String {
    let folder = std::env::temp_dir();
    let path = folder.join(format!(
        "doormat-messages-{number}-{}.txt",
        std::process::id()
    ));
    let lines = (0..number).map(|it| format!("message {it}\n"));
    fs::write(&path, lines.collect::<String>()).unwrap();
    path.to_str().unwrap().to_owned()
}
