//! The frame of every HTML page. A page is one file: it loads nothing, and its own policy
//! forbids it to.

use maud::{DOCTYPE, Markup, html};

/// A page under this title, with this policy (Content Security Policy, level 3).
pub(super) fn document(title: &str, policy: &str, style: &Markup, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { (title) " · doormat" }
                style { (style) }
            }
            body #top { (body) }
        }
    };
    page.into_string() + "\n"
}
