//! What the code generates of the documents: whole files, and parts between
//! `<!-- generated: NAME -->` and `<!-- end -->`.

use std::{env, fs, path::Path};

/// The project's folder: that of the documents.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut above = package.ancestors();
    above
        .find(|folder| folder.join("docs").is_dir())
        .expect("the documents")
}

/// Asserts that a document holds this text under this name; with `UPDATE_DOCS`
/// set, writes it there.
pub fn assert_generated(document: &str, name: &str, text: &str) {
    let path = root().join(document);
    let old = fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- generated: {name} -->\n");
    let (before, rest) = old
        .split_once(&begin)
        .unwrap_or_else(|| panic!("{document} has no mark {begin}"));
    let (found, after) = rest.split_once("<!-- end -->").expect("an end mark");
    let wanted = format!("\n{}\n\n", text.trim());
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{begin}{wanted}<!-- end -->{after}")).unwrap();
        return;
    }
    assert!(
        found == wanted,
        "{document}: the part `{name}` is not what the code computes; \
         `UPDATE_DOCS=1 cargo test` writes it anew"
    );
}

/// Asserts that a document is this text; with `UPDATE_DOCS` set, writes it.
pub fn assert_generated_file(document: &str, text: &str) {
    let path = root().join(document);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
        return;
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == text,
        "{document} is not what the code makes; `UPDATE_DOCS=1 cargo test` writes it anew"
    );
}
