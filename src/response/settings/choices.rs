//! The values of the settings that are a choice between words.

use crate::response::spelling::spelled;

spelled! {
    /// Whether a PR stays PR while the sum drifts up without progression.
    pub enum PrPersistence {
        /// Every timepoint by its own sum.
        None = "none",
        /// From the confirmation on.
        Confirmed = "confirmed",
        /// From any PR on.
        Any = "any",
    }
}

spelled! {
    /// What disease after a CR is.
    pub enum AfterCr {
        /// Progression, however small.
        PD = "pd",
        /// What the timepoint says by itself.
        AsReported = "as-reported",
    }
}

spelled! {
    /// What happens to a timepoint whose equivocal new lesion proved real.
    pub enum Backdate {
        /// It reads PD.
        RetroPd = "retro_pd",
        /// Only the progression date moves.
        DateOnly = "date_only",
    }
}

spelled! {
    /// Whether the targets that were evaluated may prove PD alone.
    pub enum SubsetPd {
        /// Yes, when their sum alone is enough: the missing ones can only add.
        LowerBound = "lower-bound",
        /// No: NE.
        Never = "never",
    }
}

spelled! {
    /// Best response of a subject without any assessment after baseline.
    pub enum MissingAs {
        /// NE.
        NE = "NE",
        /// MISSING.
        Missing = "MISSING",
    }
}

spelled! {
    /// CR of everything known while a new lesion is equivocal.
    pub enum CrWithEquivocal {
        /// CR, provisional.
        Allow = "allow",
        /// PR until the doubt is resolved.
        HoldAtPr = "hold-at-pr",
    }
}

spelled! {
    /// Whether a vanished target that is back, too small to measure, may make PD with its 5 mm.
    pub enum TooSmallAfterAbsent {
        /// Yes, provisional.
        PD = "pd",
        /// Not on that default value alone.
        NotPd = "not-pd",
    }
}

spelled! {
    /// Which scan day of a timepoint dates a PD that rests on the sum of diameters.
    pub enum PdDate {
        /// The first.
        First = "first",
        /// The last.
        Last = "last",
    }
}

spelled! {
    /// Non-target class when some persist and another is not evaluated.
    pub enum NonTargetPartlyNe {
        /// Not all evaluated.
        NE = "NE",
        /// A CR is impossible anyway.
        NonCrNonPd = "NON-CR/NON-PD",
    }
}

spelled! {
    /// Targets gone, all nodes below 10 mm, and yet a sum that has grown enough for PD.
    pub enum AllNodesNormal {
        /// No pathological disease is left.
        CR = "cr",
        /// The sum decides.
        PD = "pd",
    }
}

spelled! {
    /// Confirmed best response of a PR with an SD after it, neither past the SD minimum.
    pub enum EarlySdAfterResponse {
        /// Nothing that counts.
        NE = "NE",
        /// SD, as table 3 reads.
        SD = "SD",
    }
}

spelled! {
    /// Whether the sum of a timepoint that is PD counts as nadir later.
    pub enum NadirAtPd {
        /// A sum is a sum.
        Counts = "counts",
        /// It does not.
        Skips = "skips",
    }
}

spelled! {
    /// Timepoints after the first PD.
    pub enum AfterPd {
        /// Derived like the others, and marked.
        Marked = "marked",
        /// Left out of the result.
        LeftOut = "left-out",
    }
}

spelled! {
    /// Day of a confirmed best response that fell to PD because the response before it was not confirmed.
    pub enum FallenBorDate {
        /// Of the PD.
        PD = "pd",
        /// Of the response.
        Response = "response",
    }
}

spelled! {
    /// Whether tumour markers stand against CR.
    pub enum FollowMarkers {
        /// As RECIST 1.1 section 4.3.3 says.
        Followed = "followed",
        /// Never.
        Ignored = "ignored",
    }
}

spelled! {
    /// Whether progression in the irradiated field or of one lesion must last.
    pub enum LocalPdConfirm {
        /// It counts where it is seen.
        None = "none",
        /// The next evaluable timepoint must still show it; then it counts from the first.
        NextScan = "next_scan",
    }
}

spelled! {
    /// What makes an unscheduled scan of a part of the body count.
    pub enum UnscheduledPd {
        /// Any progression: what was not imaged can only add.
        Any = "any",
        /// A new lesion and nothing else.
        NewLesion = "new-lesion",
    }
}

spelled! {
    /// What a progressive site is.
    pub enum OligoCount {
        /// A lesion: several in one organ are several.
        Lesion = "lesion",
        /// An organ, with all lymph nodes as one and all bones as one.
        Organ = "organ",
    }
}

spelled! {
    /// Named answers to the open questions; a setting beside them changes one.
    pub enum Profile {
        /// The defaults of all settings.
        Default = "default",
        /// As the paper with its own questions and answers reads: one SD may stand between a PR and its confirmation, and an SD after
        /// a PR is SD even before the minimum (recist-rules, A3 and A13).
        Paper = "paper",
        /// As the R package admiralonco derives best responses from timepoint responses: what follows a CR is kept as it was reported,
        /// and a subject without assessment is MISSING (recist-rules, A2 and section 8).
        Admiralonco = "admiralonco",
    }
}
