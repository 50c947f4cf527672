//! The students of a class: one a line, an id and perhaps a name behind a comma. Empty
//! lines and those that begin with `#` are passed over, and so is a heading as `id,name`.

use std::collections::BTreeMap;

use super::variant::{NotAStudent, Student};

/// Who is in a class.
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
        for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (id, name) = text.split_once([',', ';', '\t']).unwrap_or((text, ""));
            let (id, name) = (bare(id), bare(name));
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

    /// A student's name, if they are on it.
    pub fn name(&self, student: &Student) -> Option<&str> {
        let mut all = self.0.iter();
        let found = all.find(|(listed, _)| listed == student);
        found.map(|(_, name)| name.as_str())
    }
}

/// Whether a first cell is what programs for schools write above the ids.
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

/// A cell without spaces or quotation marks around it.
fn bare(cell: &str) -> &str {
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
