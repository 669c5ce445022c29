//! What does not compile, and what the script author is told.

#[test]
fn mistakes_are_refused_with_a_message_that_says_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/refusals/*.rs");
}
