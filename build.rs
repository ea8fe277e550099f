//! Tells the program which platform it is built for, as plugins with native libraries name it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=LHP_TARGET={target}");
}
