//! The students of a class, one on each line: an id, and optionally a name after a comma. Empty
//! lines, comments (`#`) and a heading such as `id,name` are skipped.

use std::collections::BTreeMap;

use super::variant::{NotAStudent, Student};

/// The students of a class.
#[derive(Debug, Clone, Default)]
pub struct Roster(Vec<(Student, String)>);

impl Roster {
    /// Reads a roster.
    ///
    /// # Errors
    /// [`NotARoster`] names the line.
    pub fn read(text: &str) -> Result<Self, NotARoster> {
        let mut seen: BTreeMap<Student, usize> = BTreeMap::new();
        let mut all = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (id, name) = text.split_once([',', ';', '\t']).unwrap_or((text, ""));
            let (id, name) = (unquoted(id), unquoted(name));
            if all.is_empty() && is_heading(id) {
                continue;
            }
            let student = Student::new(id).map_err(|why| NotARoster::Id { line, why })?;
            if let Some(first) = seen.insert(student.clone(), line) {
                return Err(NotARoster::Twice {
                    student,
                    first,
                    line,
                });
            }
            all.push((student, name.to_owned()));
        }
        if all.is_empty() {
            return Err(NotARoster::Empty);
        }
        Ok(Self(all))
    }

    /// The students and their names, in the order of the file.
    pub fn students(&self) -> &[(Student, String)] {
        &self.0
    }

    /// The name of a student on the roster.
    pub fn name(&self, student: &Student) -> Option<&str> {
        let mut all = self.0.iter();
        let found = all.find(|(listed, _)| listed == student);
        found.map(|(_, name)| name.as_str())
    }
}

/// Whether a first cell is a heading that school software writes above the ids.
fn is_heading(cell: &str) -> bool {
    let letters = cell.chars().filter(|it| it.is_alphanumeric());
    let word = letters.collect::<String>().to_lowercase();
    [
        "id",
        "student",
        "studentid",
        "studentnumber",
        "login",
        "username",
    ]
    .contains(&word.as_str())
}

/// A cell without surrounding spaces and quotation marks.
fn unquoted(cell: &str) -> &str {
    cell.trim().trim_matches('"').trim()
}

/// Why a text is not a roster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum NotARoster {
    #[error("there is no student in it")]
    Empty,
    #[error("line {line}: {why}")]
    Id { line: usize, why: NotAStudent },
    #[error("line {line}: {student} is on it already, in line {first}")]
    Twice {
        student: Student,
        first: usize,
        line: usize,
    },
}
