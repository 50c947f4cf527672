//! `doormat attack` with a maker's secrets: the relation of a generator's points, an
//! implanter's key, the key of the authority that one of two products serves.

use std::fs;

use serde_json::{Value, json};

use crate::common::{folder::Folder, lab};
use doormat_app::lab::{Answers, Course, Handout, Student, library};

/// A student's files of an exercise, in a folder, and the right answers.
fn handed_out(exercise: &str) -> (Folder, Answers) {
    let all = library::all().unwrap();
    let exercise = library::named(&all, exercise).unwrap();
    let student = Student::new("maker").unwrap();
    let handout = Handout::of(exercise, &Course::Public, &student).unwrap();
    let folder = Folder::new();
    for (name, bytes) in &handout.files.0 {
        folder.write(name, bytes);
    }
    let right = handout.correct();
    let right = right.filter_map(|(part, it)| Some((part.to_owned(), it?.to_owned())));
    (folder, Answers(right.collect()))
}

fn figures(folder: &Folder, args: &[&str]) -> Value {
    serde_json::from_str(&folder.ok(&[&["attack"], args, &["--json"]].concat())).unwrap()
}

#[test]
fn a_trapdoor_finds_states_then_keys_then_texts() {
    let (folder, right) = handed_out("the-generator");
    let args = ["tape.pcapng", "--trapdoor", "trapdoor.json"];
    let found = figures(&folder, &args);
    let searched = found["searched"].as_array().unwrap();
    let of = |what: &str| searched.iter().filter(|it| it["what"] == what).count();
    assert_eq!((of("nonce"), of("session id")), (2, 0), "{found}");
    assert!(searched.iter().all(|it| it["state"].is_string()), "{found}");
    assert_eq!(found["passed_over"], 1, "the session id");
    assert_eq!(found["keys_not_found"], 0);
    assert_eq!(found["read"], found["envelopes"]);
    assert_eq!(found["malformed"], 0);
    let keys = found["keys"].as_array().unwrap();
    let identity = keys.iter().find(|it| it["use"] == "identity key").unwrap();
    assert_eq!(identity["private"], right.0["key"].as_str());

    let said = folder.ok(&[&["attack"], &args[..]].concat());
    for words in [
        "nonce of ",
        "2 public random values searched, 2^16 points behind each; 2 with the state",
        "1 more passed over",
        "'s ephemeral key",
        right.0["key"].as_str(),
        right.0["number"].as_str(),
        " read.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_trapdoor_says_what_it_has_not_found_on_another_tape() {
    let (folder, _) = handed_out("the-generator");
    folder.ok(&["demo", "--captures", "lesson", "--json"]);
    let args = ["lesson/e2e.pcapng", "--trapdoor", "trapdoor.json"];
    let found = figures(&folder, &args);
    assert_eq!(found["searched"].as_array().unwrap().len(), 1);
    assert_eq!(found["searched"][0]["state"], Value::Null);
    assert_eq!((&found["read"], &found["keys"]), (&json!(0), &json!([])));
    let said = folder.ok(&[&["attack"], &args[..]].concat());
    assert!(said.contains("no state was found behind it"), "{said}");
    assert!(said.contains("8 envelopes on the tape; 0 read."), "{said}");
}

#[test]
fn a_trapdoor_that_is_none_is_named_with_what_is_wrong() {
    let (folder, _) = handed_out("the-generator");
    let good: Value = serde_json::from_str(&folder.read("trapdoor.json")).unwrap();
    let changed = |at: &str, to: &str| {
        let mut changed = good.clone();
        *changed.pointer_mut(at).unwrap() = json!(to);
        changed.to_string()
    };
    let (d, qx) = (
        good["d"].as_str().unwrap(),
        good["q"]["x"].as_str().unwrap(),
    );
    let other = format!("{}{}", &d[..63], if d.ends_with('1') { 2 } else { 1 });
    for (text, expected) in [
        (String::new(), "it is not the JSON of a trapdoor"),
        ("{\"d\":1}".to_owned(), "it is not the JSON of a trapdoor"),
        (changed("/d", "nonsense"), "`d` is not hexadecimal"),
        (changed("/d", &d[2..]), "`d` has 62 digits; 32 bytes are 64"),
        (changed("/d", &other), "`d` does not fit the points"),
        (
            changed("/d", &"0".repeat(64)),
            "`d` does not fit the points",
        ),
        (
            changed("/d", &"f".repeat(64)),
            "`d` does not fit the points",
        ),
        (changed("/p/x", qx), "`p` is not the generator of P-256"),
        (changed("/q/y", qx), "`q` is not a point of P-256"),
    ] {
        folder.write("bad.json", text);
        let said = folder.fails(&["attack", "tape.pcapng", "--trapdoor", "bad.json"]);
        for words in ["bad.json: ", expected, "help: Give a JSON file"] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    fs::remove_file(folder.path("bad.json")).unwrap();
    let said = folder.fails(&["attack", "tape.pcapng", "--trapdoor", "bad.json"]);
    assert!(said.contains("bad.json: there is no such file"), "{said}");
    let said = folder.fails(&["attack", "brief.md", "--trapdoor", "trapdoor.json"]);
    assert!(said.contains("brief.md: it is not a capture"), "{said}");
}

#[test]
fn an_implanters_key_finds_one_client_of_five() {
    let (folder, right) = handed_out("the-parcel");
    let mut implanted = Vec::new();
    for file in lab::files(&folder.path("")).keys() {
        let Some(client) = file.strip_suffix(".pcapng") else {
            continue;
        };
        let found = figures(&folder, &[file, "--implanter", "implanter.json"]);
        assert_eq!(found["session_ids"], 1);
        if found["implanted"] == json!([]) {
            assert_eq!((&found["read"], &found["keys"]), (&json!(0), &json!([])));
            continue;
        }
        assert_eq!(found["implanted"], json!([client]));
        assert_eq!(found["keys"][0]["private"], right.0["key"].as_str());
        assert_eq!(found["read"], found["envelopes"]);
        implanted.push(client.to_owned());
        let said = folder.ok(&["attack", file, "--implanter", "implanter.json"]);
        for words in [right.0["key"].as_str(), "an identity key was hidden by"] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    assert_eq!(implanted, [right.0["client"].clone()]);
}

#[test]
fn an_implanters_key_that_is_none_is_named_with_what_is_wrong() {
    let (folder, _) = handed_out("the-parcel");
    let key: Value = serde_json::from_str(&folder.read("implanter.json")).unwrap();
    let pair = |private: &str| json!({ "public": key["public"], "private": private }).to_string();
    let tape = lab::files(&folder.path("")).into_keys();
    let tape = tape.into_iter().find(|it| it.ends_with(".pcapng")).unwrap();
    for (text, expected) in [
        (
            "{}".to_owned(),
            "it is not the JSON of an implanter's key pair",
        ),
        (pair("xy"), "`private` is not hexadecimal"),
        (pair("00"), "`private` has 2 digits; 32 bytes are 64"),
        (
            pair(&"5".repeat(64)),
            "`public` does not belong to `private`",
        ),
    ] {
        folder.write("bad.json", text);
        let said = folder.fails(&["attack", &tape, "--implanter", "bad.json"]);
        for words in ["bad.json: ", expected] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
}

#[test]
fn fields_for_what_was_received_are_counted_and_then_read() {
    let (folder, right) = handed_out("two-versions");
    let args = ["tape.pcapng", "--escrow-key", "authority.key"];
    let plain = figures(&folder, &args);
    let received = figures(&folder, &[&args[..], &["--received"]].concat());
    assert!(plain["further_fields"].as_u64().unwrap() > 0, "{plain}");
    assert_eq!(plain["further_fields"], received["earlier_fields"]);
    assert_eq!(plain["session_keys"], received["own_fields"]);
    assert_eq!(received["unopened_fields"], 0);
    assert!(plain["read"].as_u64() < received["read"].as_u64());
    assert_eq!(received["read"].to_string(), right.0["falls"]);
    let said = folder.ok(&[&["attack"], &args[..]].concat());
    assert!(said.contains("`--received` tries them"), "{said}");
    assert!(!said.contains(&right.0["number"]), "{said}");
    let said = folder.ok(&[&["attack"], &args[..], &["--received"]].concat());
    assert!(said.contains(&right.0["number"]), "{said}");
}

#[test]
fn an_honest_tape_has_no_further_fields() {
    let folder = Folder::with_lesson(&[]);
    let args = ["lesson/escrow.pcapng", "--escrow-key", "lesson/escrow.key"];
    assert!(figures(&folder, &args).get("further_fields").is_none());
    let received = figures(&folder, &[&args[..], &["--received"]].concat());
    assert_eq!(
        (&received["read"], &received["own_fields"]),
        (&json!(8), &json!(8))
    );
    assert_eq!(received["earlier_fields"], 0);
}
