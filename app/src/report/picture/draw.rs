//! The shapes that every picture is made of. Lengths are in units of the picture's view
//! box; a browser scales it to the width it has.

use maud::{Markup, PreEscaped, html};

/// The style sheet of all pictures. A page needs it once, beside [`Picture::inline`].
pub const STYLE: &str = include_str!("picture.css");

/// A picture, and its description for screen readers.
#[derive(Debug)]
pub struct Picture {
    /// Its id within a page; letters, digits and dashes.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// What it shows, in sentences.
    pub description: String,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) shapes: Markup,
}

impl Picture {
    /// For a page that has [`STYLE`].
    pub fn inline(&self) -> Markup {
        self.svg(&html! {})
    }

    /// As a file of its own.
    pub fn file(&self) -> String {
        let style = html! { style { (PreEscaped(format!("\n{STYLE}"))) } };
        self.svg(&style).into_string() + "\n"
    }

    fn svg(&self, style: &Markup) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        html! {
            svg.dm xmlns="http://www.w3.org/2000/svg"
                viewBox=(format!("0 0 {} {}", self.width, self.height))
                width=(self.width) height=(self.height)
                role="img" aria-labelledby=(format!("{title} {description}")) {
                title id=(title) { (self.title) }
                desc id=(description) { (self.description) }
                (style)
                rect.ground width="100%" height="100%" rx="6" {}
                (self.shapes)
            }
        }
    }
}

/// Text at a place, in the style of `class`.
pub(super) fn label(x: usize, y: usize, class: &str, text: &str) -> Markup {
    html! { "\n" text x=(x) y=(y) class=(class) { (text) } }
}

/// A box with text in its middle. `state` is `open`, `shut` or nothing.
pub(super) fn labelled(place: Rect, state: &str, text: &str) -> Markup {
    let baseline = place.y + place.height / 2 + 4;
    html! {
        (boxed(place, state))
        (label(place.x + place.width / 2, baseline, &format!("mid {}", text_class(state)), text))
    }
}

/// A box with two lines in it, the second of them small.
pub(super) fn titled(place: Rect, state: &str, text: &str, below: &str) -> Markup {
    let (x, middle) = (place.x + place.width / 2, place.y + place.height / 2);
    html! {
        (boxed(place, state))
        (label(x, middle - 3, &format!("mid strong {}", text_class(state)), text))
        (label(x, middle + 13, &format!("mid small {}", text_class(state)), below))
    }
}

/// An empty box.
pub(super) fn boxed(place: Rect, state: &str) -> Markup {
    html! {
        "\n" rect x=(place.x) y=(place.y) width=(place.width) height=(place.height) rx="4"
            class=(format!("box {state}").trim()) {}
    }
}

/// A line along these points, with an arrow's tip at its end. It runs along the axes.
pub(super) fn arrow(points: &[(usize, usize)], state: &str) -> Markup {
    let tip = match points {
        [.., (from_x, from_y), (x, y)] => tip((*from_x, *from_y), (*x, *y)),
        _ => String::new(),
    };
    html! { (line(points, state)) path d=(tip) class=(format!("tip {state}").trim()) {} }
}

/// A line along these points.
pub(super) fn line(points: &[(usize, usize)], state: &str) -> Markup {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    html! { "\n" polyline points=(points.join(" ")) class=(format!("line {state}").trim()) {} }
}

fn tip((from_x, from_y): (usize, usize), (x, y): (usize, usize)) -> String {
    let (back, side) = (8, 4);
    let [a, b] = if from_y == y {
        let back = if from_x < x { x - back } else { x + back };
        [(back, y - side), (back, y + side)]
    } else {
        let back = if from_y < y { y - back } else { y + back };
        [(x - side, back), (x + side, back)]
    };
    format!("M{x} {y}L{} {}L{} {}Z", a.0, a.1, b.0, b.1)
}

/// The class of text in a box of this state.
fn text_class(state: &str) -> &'static str {
    match state {
        "open" => "in-open",
        "shut" => "in-shut",
        _ => "",
    }
}

/// The place of a box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}
