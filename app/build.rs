//! The exercises of the lab and the pages are folders that are embedded in the program.
//! A new file or folder is noticed here.

fn main() {
    println!("cargo::rerun-if-changed=src/lab/exercises");
    println!("cargo::rerun-if-changed=src/lab/words");
    println!("cargo::rerun-if-changed=src/present/page");
    println!("cargo::rerun-if-changed=build.rs");
}
