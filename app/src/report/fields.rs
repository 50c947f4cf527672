//! The fields of an envelope or a key bundle as a table: offset, length, bytes, meaning.

use crate::text::style::{FAINT, KEY, READ, SHUT, TITLE, paint};
use doormat::protocol::wire::Field;

/// Bytes shown on one line.
const BYTES: usize = 16;

/// The lines of the table, 80 columns wide.
pub fn table(fields: &[Field]) -> Vec<String> {
    let mut lines = vec![paint(
        TITLE,
        &format!("{:>6} {:>6}  field", "offset", "length"),
    )];
    for field in fields {
        let style = style_of(&field.name);
        let value = field.value.as_ref();
        lines.push(format!(
            "{:>6} {:>6}  {style}{}{style:#}{}",
            field.offset,
            field.bytes.len(),
            field.name,
            value.map_or_else(String::new, |value| format!(" = {value}")),
        ));
        lines.extend(rows(&field.bytes).map(|row| format!("{:16}{row}", "")));
        lines.extend(
            textwrap::wrap(field.sentence, 62)
                .into_iter()
                .map(|line| format!("{:16}{}", "", paint(FAINT, &line))),
        );
    }
    lines
}

/// At most four rows of hexadecimal, and how many bytes more there are.
fn rows(bytes: &[u8]) -> impl Iterator<Item = String> {
    const ROWS: usize = 4;
    let rest = bytes.len().saturating_sub(ROWS * BYTES);
    bytes
        .chunks(BYTES)
        .take(ROWS)
        .map(spaced)
        .collect::<Vec<_>>()
        .into_iter()
        .chain((rest > 0).then(|| format!("… and {rest} more bytes")))
}

/// `01 02 03`
pub fn spaced(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn style_of(name: &str) -> anstyle::Style {
    match name {
        "mode" => READ,
        "ciphertext" | "tag" => SHUT,
        name if name.starts_with("access") => KEY,
        _ => TITLE,
    }
}
