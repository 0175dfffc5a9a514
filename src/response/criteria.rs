//! The criteria by which a response is derived from the same facts.

use super::spelling::spelled;

spelled! {
    /// Response criteria, as a trial file names them.
    pub enum Criteria {
        /// RECIST 1.1 (Eisenhauer 2009).
        Recist11 = "RECIST 1.1",
        /// iRECIST (Seymour 2017): progression must be confirmed (recist-rules, section 13).
        Irecist = "iRECIST",
        /// mRECIST for hepatocellular carcinoma (Lencioni 2010): only what enhances counts (recist-rules, section 14).
        Mrecist = "mRECIST",
    }
}

impl Criteria {
    /// The criteria of that name, whatever its case, blanks and hyphens.
    pub fn named(name: &str) -> Option<Self> {
        let plain = |text: &str| text.to_lowercase().replace([' ', '-'], "");
        Self::SPELLINGS.iter().find(|(spelling, _)| plain(spelling) == plain(name)).map(|(_, criteria)| *criteria)
    }
}
