//! Votes, from phones in a second browser.

use crate::common::{
    browser::{Browser, keys},
    lesson::LessonProcess,
};

#[test]
fn a_vote_from_a_second_browser_arrives_and_is_shown_before_the_reveal() {
    let lesson = LessonProcess::with_phones(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    let phone = Browser::open(&lesson.phone());
    phone.until("document.getElementById('asks').textContent.startsWith('No question now')");
    page.press('4');
    page.is_in("leak");
    let address = lesson.phone().replace("http://", "");
    page.until("document.querySelector('.join svg path') !== null");
    assert_eq!(page.text(".address"), address);

    phone.until("document.querySelectorAll('#choices button').length === 4");
    assert!(
        phone
            .text("#asks")
            .contains("Can Eve read the messages that were sent before?")
    );
    phone.click("#choices button:nth-child(1)");
    phone.until("document.getElementById('told').textContent.includes('counted')");
    phone.click("#choices button:nth-child(2)");
    phone.until("document.querySelector('#choices button:nth-child(2)').getAttribute('aria-pressed') === 'true'");
    page.until("document.querySelector('.voted').textContent.startsWith('1 vote so far')");
    // The same device, once more: still one vote.
    phone.reload();
    phone.until("document.querySelector('#choices button:nth-child(2)')?.getAttribute('aria-pressed') === 'true'");

    // Next shows the votes, and only then goes on.
    page.press(keys::PAGE_DOWN);
    page.until("[...document.querySelectorAll('.bars .number')].map((it) => it.textContent).join() === '0,1,0,0'");
    page.is_in("leak");
    // The right answer is not marked here: the next scene shows it.
    assert_eq!(
        page.value("document.querySelectorAll('.bars .right').length"),
        0
    );
    phone.until("document.querySelector('#choices button').disabled");
    page.press(keys::PAGE_DOWN);
    page.is_in("read-back");
    phone.until("document.getElementById('asks').textContent.startsWith('No question now')");

    // A phone sees the question and nothing else of the lesson.
    assert!(!phone.text("body").contains("4471"));
    page.assert_self_contained(&lesson.own);
    phone.assert_self_contained(&lesson.phones.as_ref().unwrap().0);
}

#[test]
fn the_answer_before_the_leak_is_the_one_that_the_attacks_gave() {
    let lesson = LessonProcess::with_phones(&[]);
    let page = Browser::open(&lesson.page());
    page.press('3');
    page.is_in("vote");
    let phone = Browser::open(&lesson.phone());
    phone.until("document.querySelectorAll('#choices button').length === 4");
    phone.click("#choices button:nth-child(1)");
    page.until("document.querySelector('.voted').textContent.startsWith('1 vote so far')");
    page.press(keys::PAGE_DOWN);
    page.until("document.querySelector('.bars .right') !== null");
    assert!(page.text(".bars .right").contains("✓ No, neither"));
}

#[test]
fn two_tabs_of_a_phone_share_a_ballot_without_errors() {
    let lesson = LessonProcess::with_phones(&[]);
    lesson.command(&serde_json::json!({ "do": "jump", "scene": 2 }));
    let phone = Browser::open(&lesson.phone());
    phone.until("document.querySelectorAll('#choices button').length === 4");
    let first = phone.other_tab(&lesson.phone());
    phone.until("document.querySelectorAll('#choices button').length === 4");
    phone.click("#choices button:nth-child(2)");
    phone.until("document.getElementById('told').textContent.includes('counted')");
    let state = lesson.event("state");
    assert_eq!(
        (&state["poll"]["voted"], &state["phones"]["connected"]),
        (&1.into(), &1.into())
    );
    // Longer than a browser waits before it reconnects a stream.
    phone.run("window.messages = ''; new MutationObserver(() => { window.messages += document.getElementById('told').textContent; }).observe(document.getElementById('told'), { childList: true })");
    std::thread::sleep(std::time::Duration::from_secs(8));
    assert_eq!(phone.value("window.messages"), "");
    phone.switch_to(&first);
    assert!(!phone.text("#told").contains("does not answer"));
}

#[test]
fn a_browser_without_cookies_is_told_so_and_gets_no_more_ballots() {
    let lesson = LessonProcess::with_phones(&[]);
    lesson.command(&serde_json::json!({ "do": "jump", "scene": 2 }));
    let phone = Browser::without_cookies(&lesson.phone());
    phone.until("document.getElementById('told').textContent.includes('cookies seem to be off')");
    let loaded = phone.value("performance.timeOrigin");
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert!(phone.text("#told").contains("Raise your hand"));
    assert_eq!(phone.value("performance.timeOrigin"), loaded);
    assert!(phone.text("#asks").contains("keeps no ballot"));
}

#[test]
fn a_phone_reconnects_after_a_restart() {
    let lesson = LessonProcess::with_phones(&[]);
    lesson.command(&serde_json::json!({ "do": "jump", "scene": 2 }));
    let phone = Browser::open(&lesson.phone());
    phone.until("document.querySelectorAll('#choices button').length === 4");
    phone.click("#choices button:nth-child(4)");
    phone.until("document.getElementById('told').textContent.includes('counted')");
    // Votes are saved within a second or two.
    std::thread::sleep(std::time::Duration::from_millis(2500));
    let lesson = lesson.restart(&[]);
    phone.until("document.querySelector('#choices button:nth-child(4)')?.getAttribute('aria-pressed') === 'true' && document.getElementById('told').textContent.includes('counted')");
    assert_eq!(lesson.event("state")["poll"]["voted"], 1);
}
