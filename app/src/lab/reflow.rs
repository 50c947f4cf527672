//! Wraps the texts of exercises at a width that fits every terminal.

/// The width of briefs, hints and explanations, in columns.
pub const COLUMNS: usize = 78;

/// Joins and breaks the lines of paragraphs and list items. Code, tables, quotations and
/// headings stay as they are.
pub fn reflow(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut open = String::new();
    let mut code = false;
    for line in text.lines() {
        let fence = line.starts_with("```");
        if fence || code || is_kept(line) {
            close(&mut open, columns, &mut out);
            out += line;
            out.push('\n');
            code ^= fence;
            continue;
        }
        if line.starts_with("- ") {
            close(&mut open, columns, &mut out);
        }
        if !open.is_empty() {
            open.push(' ');
        }
        open += line.trim();
    }
    close(&mut open, columns, &mut out);
    out
}

/// An empty line, or a line of a table, quotation or heading.
fn is_kept(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with(['|', '>', '#'])
}

fn close(open: &mut String, columns: usize, out: &mut String) {
    if open.is_empty() {
        return;
    }
    let indent = if open.starts_with("- ") { "  " } else { "" };
    let options = textwrap::Options::new(columns)
        .subsequent_indent(indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    *out += &textwrap::fill(open, options);
    out.push('\n');
    open.clear();
}

#[cfg(test)]
mod tests {
    use super::reflow;

    #[test]
    fn paragraphs_and_items_are_broken_anew_and_all_else_stays() {
        let text = "one two\nthree four\n\n- five six seven\n- eight\n\n```\n$ a  long command line\n```\n| a | table row |\n";
        let shown = "one two\nthree four\n\n- five six\n  seven\n- eight\n\n```\n$ a  long command line\n```\n| a | table row |\n";
        assert_eq!(reflow(text, 10), shown);
    }
}
