//! What must not compile (S8a, S1b, S33, S36): each program under `tests/ui` with what the compiler says of it.

#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
