//! The pages of problems: what a code means, why it hurts, what to do. Markdown, compiled in, so that a program can show them
//! where no documentation is at hand.

/// The page of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// `TPnnn`; never reused.
    pub code: &'static str,
    /// The code as a word.
    pub name: &'static str,
    /// The page, in Markdown.
    pub text: &'static str,
}

macro_rules! page {
    ($code:literal, $name:literal) => {
        Page { code: $code, name: $name, text: include_str!(concat!("../problems/", $code, ".md")) }
    };
}

/// All pages, by code.
pub const PAGES: [Page; 13] = [
    page!("TP003", "wait_without_exit_path"),
    page!("TP004", "turn_over_bound"),
    page!("TP005", "mailbox_full"),
    page!("TP006", "restart_intensity"),
    page!("TP007", "gave_up"),
    page!("TP008", "scope_overdue"),
    page!("TP012", "runtime_stalled"),
    page!("TP013", "busy_poll"),
    page!("TP014", "shutdown_straggler"),
    page!("TP017", "blocking_ignores_cancel"),
    page!("TP018", "drop_overdue"),
    page!("TP021", "requests_hanging"),
    page!("TP022", "wait_overdue"),
];

/// The page of a code, `None` for one that has no page here.
///
/// # Examples
/// ```
/// let page = tenure_wire::problems::page("TP013").expect("it has one");
/// assert!(page.starts_with("# TP013 busy_poll"));
/// ```
pub fn page(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|page| page.code == code).map(|page| page.text)
}
