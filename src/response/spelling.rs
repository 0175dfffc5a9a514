//! One list per vocabulary: the variants of an enum and how files spell them.

/// Defines a plain enum together with its spelling in every file: `as_str`, `Display`, `Serialize`, and `SPELLINGS`, the
/// list that readers of tables accept and that error messages quote.
macro_rules! spelled {
    ($(#[$outer:meta])* pub enum $name:ident { $($(#[$inner:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$inner])* $variant),+ }

        impl $name {
            /// Every value with its spelling, in the order of declaration.
            pub const SPELLINGS: &'static [(&'static str, Self)] = &[$(($text, Self::$variant)),+];

            /// The spelling in files and messages.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use spelled;
