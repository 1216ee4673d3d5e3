//! The documents say what the code is.

/// The first code block of a document that names its language.
fn rust_block(document: &str) -> &str {
    let start = document.find("```rust\n").expect("a block of Rust") + "```rust\n".len();
    let length = document[start..].find("```").expect("its end");
    &document[start..start + length]
}

/// `examples/article.rs` without its module comment.
fn example() -> String {
    let file = include_str!("../../examples/article.rs");
    let code = file.lines().skip_while(|line| line.starts_with("//!") || line.is_empty());
    code.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_program_of_the_readme_is_the_example_that_runs() {
    assert_eq!(rust_block(include_str!("../../../../README.md")), example());
}
