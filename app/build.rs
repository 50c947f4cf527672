//! The exercises of the lab are folders of text that are embedded in the program. A new
//! folder is noticed here.

fn main() {
    println!("cargo::rerun-if-changed=src/lab/exercises");
    println!("cargo::rerun-if-changed=src/lab/words");
    println!("cargo::rerun-if-changed=build.rs");
}
