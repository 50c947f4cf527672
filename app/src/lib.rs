//! The program around the laboratory: what opens files and sockets, prints, and asks for
//! the time. What it shows, [`doormat`] has measured.
//!
//! | room | what is in it |
//! |---|---|
//! | [`cli`] | the commands; on top of everything here |
//! | [`present`] | the projector page and the phones of a class |
//! | [`lab`] | the graded exercises |
//! | [`report`] | outcomes, as text, JSON, pages and pictures |
//! | [`text`] | what is printed: somebody else's text made harmless, widths, styles |
//! | [`transport`] | the transport over a network: relay, client, what they say to each other |

pub mod cli;
pub mod lab;
pub mod present;
pub mod report;
pub mod text;
pub mod transport;
